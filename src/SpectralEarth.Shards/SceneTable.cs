using System.Globalization;
using System.Text;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards;

/// <summary>scenes.csv: a row per scene that was tiled, in order of the scenes' names. Imported scenes are missing.</summary>
public static class SceneTable
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "scenes.csv";

    private const string Header = "scene_id,time,epsg,arrangement,processor_version,correction_type,patches,windows,skipped_nodata,skipped_cloud,skipped_other,wavelength_distance_nm,shift_east_m,shift_north_m,width,height,empty_bands,wavelengths_nm";
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    /// <summary>Says which bands hold no data in how many scenes, without the point: scenes that lack the same bands together.</summary>
    /// <param name="lacking">Scenes with the bands that they lack, at least one.</param>
    /// <param name="scenes">Number of all scenes.</param>
    public static string OfEmptyBands(IEnumerable<(string SceneId, IReadOnlyList<int> Bands)> lacking, int scenes)
    {
        const int told = 3;
        var alike = lacking.GroupBy(scene => BandNumbers.ToText(scene.Bands), scene => scene.SceneId).Select(group => (Bands: group.Key, Ids: group.ToArray()))
            .OrderByDescending(group => group.Ids.Length).ThenBy(group => group.Ids[0], StringComparer.Ordinal).ToArray();
        var texts = alike.Take(told).Select((group, place) =>
            $"{group.Bands}{(place == 0 ? " hold no data" : "")} in {group.Ids.Length} of {scenes} scenes ({group.Ids[0]}{(group.Ids.Length > 1 ? ", ..." : "")})");
        return $"Bands {string.Join(", bands ", texts)}{(alike.Length > told ? $", others in {alike.Skip(told).Sum(group => group.Ids.Length)} more" : "")}";
    }

    /// <summary>Writes the table atomically.</summary>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Write(string folder, IEnumerable<SceneRecord> scenes)
    {
        var text = new StringBuilder(Header + "\n");
        foreach (var one in scenes)
            text.Append(CultureInfo.InvariantCulture,
                $"{CsvText.Quoted(one.SceneId)},{one.Time.ToString(TimeFormat, CultureInfo.InvariantCulture)},{one.Epsg},{CsvText.Quoted(one.Arrangement)},{CsvText.Quoted(one.ProcessorVersion)},{CsvText.Quoted(one.CorrectionType)},{one.Patches},{one.Windows},{one.SkippedNoData},{one.SkippedCloud},{one.SkippedOther},{Text(one.WavelengthDistanceNm)},{Text(one.ShiftEastM)},{Text(one.ShiftNorthM)},{one.Width},{one.Height},{CsvText.Quoted(BandNumbers.ToText(one.EmptyBands))},{string.Join(' ', one.WavelengthsNm.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}\n");
        AtomicFile.WriteText(Path.Combine(folder, FileName), text.ToString());
    }

    /// <summary>Reads the table of a data set; null if it has none, because none of its scenes was tiled.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public static IReadOnlyList<SceneRecord>? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            var rows = CsvText.Rows(File.ReadAllText(path)).ToArray();
            var columns = Header.Split(',');
            if (rows.Length == 0 || !rows[0].SequenceEqual(columns))
                throw new FormatException($"the header is not '{Header}'");
            return [.. rows.Skip(1).Select(cells => Scene(columns, cells))];
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new DatasetException($"{path}: the table of scenes is damaged ({e.Message.TrimEnd('.')}). Restore the file.", e);
        }
    }

    /// <summary>Sizes of the scenes of a data set, pixels, by name; imported ones are missing.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public static IReadOnlyDictionary<string, (int Width, int Height)> ReadSizes(string folder) =>
        (Read(folder) ?? []).ToDictionary(scene => scene.SceneId, scene => (scene.Width, scene.Height), StringComparer.Ordinal);

    private static SceneRecord Scene(string[] columns, IReadOnlyList<string> cells)
    {
        if (cells.Count != columns.Length)
            throw new FormatException($"a row has {cells.Count} cells, expected {columns.Length}");
        var row = columns.Zip(cells).ToDictionary(cell => cell.First, cell => cell.Second);
        return new SceneRecord
        {
            SceneId = row["scene_id"],
            Time = DateTime.ParseExact(row["time"], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
            Epsg = Whole(row["epsg"]),
            Arrangement = row["arrangement"],
            ProcessorVersion = row["processor_version"],
            CorrectionType = row["correction_type"],
            Patches = Whole(row["patches"]),
            Windows = Whole(row["windows"]),
            SkippedNoData = Whole(row["skipped_nodata"]),
            SkippedCloud = Whole(row["skipped_cloud"]),
            SkippedOther = Whole(row["skipped_other"]),
            WavelengthDistanceNm = Number(row["wavelength_distance_nm"]),
            ShiftEastM = Number(row["shift_east_m"]),
            ShiftNorthM = Number(row["shift_north_m"]),
            Width = Whole(row["width"]),
            Height = Whole(row["height"]),
            EmptyBands = row["empty_bands"].Length == 0 ? [] : BandNumbers.Parse(row["empty_bands"]),
            WavelengthsNm = [.. row["wavelengths_nm"].Split(' ').Select(Number)],
        };
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    private static int Whole(string cell) => int.Parse(cell, NumberStyles.None, CultureInfo.InvariantCulture);
}
