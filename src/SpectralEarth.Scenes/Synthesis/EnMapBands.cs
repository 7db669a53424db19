using System.Globalization;
using SpectralEarth.Storage;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>Bands of EnMAP L2A products in the two arrangements (table datasets/enmap, embedded).</summary>
internal sealed class EnMapBands
{
    private const string Resource = "SpectralEarth.Scenes.Synthesis.enmap-bands.csv";

    private EnMapBands(IReadOnlyList<string>[] rows, string suffix)
    {
        string[] header = [.. rows[0]];
        WavelengthsNm = Column("wavelength_nm" + suffix);
        FwhmNm = Column("fwhm_nm" + suffix);
        var detector = Array.IndexOf(header, "detector" + suffix);
        Vnir = [.. Numbers(row => row[detector] == "VNIR")];
        Swir = [.. Numbers(row => row[detector] == "SWIR")];
        // Later processors also fill band 130.
        var empty = Array.IndexOf(header, "nodata_v0103");
        Empty = [.. Numbers(row => row[empty] == "1").Skip(suffix.Length == 0 ? 0 : 1)];

        double[] Column(string name) => [.. rows.Skip(1).Select(row => double.Parse(row[Array.IndexOf(header, name)], CultureInfo.InvariantCulture))];
        IEnumerable<int> Numbers(Func<IReadOnlyList<string>, bool> isWanted) => Enumerable.Range(1, rows.Length - 1).Where(number => isWanted(rows[number]));
    }

    /// <summary>Centre wavelengths, nm.</summary>
    internal double[] WavelengthsNm { get; }

    /// <summary>Full widths at half maximum, nm.</summary>
    internal double[] FwhmNm { get; }

    /// <summary>1-based numbers of VNIR bands.</summary>
    internal int[] Vnir { get; }

    /// <summary>1-based numbers of SWIR bands.</summary>
    internal int[] Swir { get; }

    /// <summary>1-based numbers of bands without data.</summary>
    internal int[] Empty { get; }

    /// <summary>Number of bands.</summary>
    internal int Count => WavelengthsNm.Length;

    /// <summary>The bands of an arrangement, A or B.</summary>
    internal static EnMapBands Of(string arrangement)
    {
        using var stream = typeof(EnMapBands).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return new EnMapBands([.. CsvText.Rows(reader.ReadToEnd())], arrangement == Acquisition.FirstArrangement ? "" : "_2024");
    }
}
