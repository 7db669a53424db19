using System.Globalization;
using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Area that a map shows of one class.</summary>
/// <param name="Code">Code of the class.</param>
/// <param name="Name">Name of the class.</param>
/// <param name="Pixels">Pixels.</param>
/// <param name="Share">Share of all pixels with a class, 0 to 1.</param>
/// <param name="Hectares">Area, ha.</param>
public sealed record ClassArea(int Code, string Name, long Pixels, double Share, double Hectares)
{
    private const string Header = "code,class,pixels,share,hectares";

    /// <summary>Counts the classes of a map; class codes other than the table's are left out.</summary>
    internal static IReadOnlyList<ClassArea> Of(ReadOnlySpan<byte> codes, ClassTable classes, double pixelSizeM)
    {
        var counts = new long[256];
        foreach (var code in codes)
            counts[code]++;
        var total = classes.Sum(item => counts[item.Code]);
        return [.. classes.Select(item => new ClassArea(item.Code, item.Name, counts[item.Code],
            total == 0 ? 0 : (double)counts[item.Code] / total, counts[item.Code] * pixelSizeM * pixelSizeM / 1e4))];
    }

    /// <summary>Whether a file is one that <see cref="WriteCsv"/> wrote.</summary>
    internal static bool IsCsv(string path) => File.Exists(path) && File.ReadLines(path).FirstOrDefault() == Header;

    /// <summary>Writes areas as CSV with a header.</summary>
    internal static void WriteCsv(string path, IReadOnlyList<ClassArea> areas)
    {
        var text = new StringBuilder(Header + "\n");
        foreach (var area in areas)
            text.Append(CultureInfo.InvariantCulture, $"{area.Code},{CsvText.Quoted(area.Name)},{area.Pixels},{area.Share:0.######},{area.Hectares:0.####}\n");
        AtomicFile.WriteText(path, text.ToString());
    }
}
