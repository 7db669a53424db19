using System.Globalization;
using System.Text;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>scenes.csv: a row per scene that was tiled, in order of the scenes' names.</summary>
internal static class SceneTable
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "scenes.csv";

    private const string Header = "scene_id,time,epsg,arrangement,processor_version,correction_type,patches,windows,skipped_nodata,skipped_cloud,empty_bands,wavelengths_nm";
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    /// <summary>Writes the table atomically.</summary>
    public static void Write(string folder, IEnumerable<SceneRecord> scenes)
    {
        var text = new StringBuilder(Header + "\n");
        foreach (var one in scenes)
            text.Append(CultureInfo.InvariantCulture,
                $"{CsvText.Quoted(one.SceneId)},{one.Time.ToString(TimeFormat, CultureInfo.InvariantCulture)},{one.Epsg},{CsvText.Quoted(one.Arrangement)},{CsvText.Quoted(one.ProcessorVersion)},{CsvText.Quoted(one.CorrectionType)},{one.Patches},{one.Windows},{one.SkippedNoData},{one.SkippedCloud},{CsvText.Quoted(BandNumbers.ToText(one.EmptyBands))},{string.Join(' ', one.WavelengthsNm.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}\n");
        AtomicFile.WriteText(Path.Combine(folder, FileName), text.ToString());
    }

    /// <summary>Reads the table of a data set; null if it has none, because it was not made by tile.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public static IReadOnlyList<SceneRecord>? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            var rows = CsvText.Rows(File.ReadAllText(path)).ToArray();
            if (rows.Length == 0 || string.Join(',', rows[0]) != Header)
                throw new FormatException($"the header is not '{Header}'");
            return [.. rows.Skip(1).Select(Scene)];
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new DatasetException($"{path}: the table of scenes is damaged ({e.Message.TrimEnd('.')}). Restore the file.", e);
        }
    }

    private static SceneRecord Scene(IReadOnlyList<string> cells)
    {
        if (cells.Count != 12)
            throw new FormatException($"a row has {cells.Count} cells, expected 12");
        return new SceneRecord
        {
            SceneId = cells[0],
            Time = DateTime.ParseExact(cells[1], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
            Epsg = Whole(cells[2]),
            Arrangement = cells[3],
            ProcessorVersion = cells[4],
            CorrectionType = cells[5],
            Patches = Whole(cells[6]),
            Windows = Whole(cells[7]),
            SkippedNoData = Whole(cells[8]),
            SkippedCloud = Whole(cells[9]),
            EmptyBands = cells[10].Length == 0 ? [] : BandNumbers.Parse(cells[10]),
            WavelengthsNm = [.. cells[11].Split(' ').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))],
        };
    }

    private static int Whole(string cell) => int.Parse(cell, NumberStyles.None, CultureInfo.InvariantCulture);
}
