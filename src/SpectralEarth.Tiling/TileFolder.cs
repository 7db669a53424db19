using System.Globalization;
using System.Text;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>The output folder of a run: what it holds already, and the files beside the data set itself.</summary>
internal sealed class TileFolder : IDisposable
{
    /// <summary>How the data set was made.</summary>
    public const string RecordName = "tile.yaml";
    /// <summary>A row per scene that was tiled.</summary>
    public const string ScenesName = "scenes.csv";
    /// <summary>A row per scene that could not be used.</summary>
    public const string RejectedName = "rejected.csv";

    /// <summary>File in the folder of the units that is locked while a run uses it.</summary>
    public const string LockName = "lock";

    private readonly FileLock held;

    /// <summary>Makes the folder and takes it for this process.</summary>
    /// <exception cref="IOException">The folder cannot be written, or another process is tiling into it.</exception>
    public TileFolder(string path)
    {
        (Path, Work) = (path, WorkOf(path));
        FileLock? taken;
        try
        {
            Directory.CreateDirectory(Work);
            taken = FileLock.TryTake(System.IO.Path.Combine(Work, LockName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot be written. {e.Message}", e);
        }

        held = taken ?? throw InUse(path);
    }

    private TileFolder(string path, FileLock held) => (Path, Work, this.held) = (path, WorkOf(path), held);

    /// <summary>The output folder.</summary>
    public string Path { get; }

    /// <summary>Folder of the units.</summary>
    public string Work { get; }

    /// <summary>Takes the folder of an unfinished run; null while others use it.</summary>
    /// <exception cref="IOException">There is no such run.</exception>
    public static TileFolder? TryTake(string path) =>
        FileLock.TryTakeExisting(System.IO.Path.Combine(WorkOf(path), LockName)) is { } held ? new TileFolder(path, held) : null;

    /// <summary>Folder of the units of a run.</summary>
    public static string WorkOf(string path) => System.IO.Path.Combine(path, ManifestFile.WorkFolder);

    /// <summary>Says that the folder is taken.</summary>
    public static IOException InUse(string path) =>
        new($"{path}: another process is tiling into it. Wait for its end, or choose another folder.");

    /// <summary>Record of the finished data set in a folder; null if there is none.</summary>
    /// <exception cref="DatasetException">A finished data set was not made by the tiler.</exception>
    public static TileRecord? Finished(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, ManifestFile.FileName)))
            return null;
        var record = System.IO.Path.Combine(path, RecordName);
        if (!File.Exists(record))
            throw new DatasetException($"{path}: holds a finished data set without {RecordName}, so it was not made by tile. Choose another folder.");
        return RecipeFile.Read<TileRecord>(record);
    }

    /// <summary>Writes tile.yaml, scenes.csv and rejected.csv.</summary>
    public void WriteRecords(TileRecord record, IReadOnlyList<SceneUnit> units)
    {
        AtomicFile.WriteText(System.IO.Path.Combine(Path, ScenesName), Scenes(units.Select(unit => unit.Record)));
        var rejected = new StringBuilder("scene,reason\n");
        foreach (var scene in record.Rejected)
            rejected.Append(CultureInfo.InvariantCulture, $"{Quoted(scene.Path)},{Quoted(scene.Reason)}\n");
        AtomicFile.WriteText(System.IO.Path.Combine(Path, RejectedName), rejected.ToString());
        AtomicFile.WriteText(System.IO.Path.Combine(Path, RecordName), RecipeFile.ToYaml(record));
    }

    /// <summary>Removes shards that a killed assembly left.</summary>
    public void RemoveShards()
    {
        var folder = System.IO.Path.Combine(Path, Dataset.ShardFolder);
        if (Directory.Exists(folder))
            foreach (var file in Directory.GetFiles(folder, "shard-*.parquet*"))
                File.Delete(file);
    }

    /// <summary>Removes the units.</summary>
    public void RemoveWork()
    {
        held.Dispose();
        Directory.Delete(Work, recursive: true);
    }

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();

    private static string Scenes(IEnumerable<UnitRecord> records)
    {
        var text = new StringBuilder("scene_id,time,epsg,arrangement,processor_version,correction_type,patches,windows,skipped_nodata,skipped_cloud,empty_bands,wavelengths_nm\n");
        foreach (var one in records)
            text.Append(CultureInfo.InvariantCulture,
                $"{Quoted(one.SceneId)},{one.Time:yyyy-MM-ddTHH:mm:ss.ffffffZ},{one.Epsg},{one.Arrangement},{Quoted(one.ProcessorVersion)},{Quoted(one.CorrectionType)},{one.Patches},{one.Windows},{one.SkippedNoData},{one.SkippedCloud},{Quoted(BandNumbers.ToText(one.EmptyBands))},{string.Join(' ', one.WavelengthsNm.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}\n");
        return text.ToString();
    }

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
