using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>
/// Some finished patches, kept until all are done: a shard, its catalog, counts for the statistics and a record, in a folder that appears by
/// renaming when all of it is on disk.
/// </summary>
/// <typeparam name="T">What is recorded.</typeparam>
internal sealed class WorkUnit<T>
    where T : class, IUnitRecord
{
    private const string ShardName = "part.parquet", CountsName = "counts.parquet", RecordName = "unit.yaml";

    private readonly string folder;

    private WorkUnit(string folder, T record) => (this.folder, Record) = (folder, record);

    /// <summary>What the unit holds.</summary>
    public T Record { get; }

    /// <summary>Whether a folder holds a finished unit, whatever it was made of.</summary>
    public static bool IsFinished(string folder) => !folder.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal) && File.Exists(Path.Combine(folder, RecordName));

    /// <summary>The unit in a folder if it is finished and its record is the wanted one, whatever happened to it since; else null.</summary>
    /// <param name="folder">Folder; it may be missing.</param>
    /// <param name="isWanted">Tells whether the record is the wanted one.</param>
    public static WorkUnit<T>? Recorded(string folder, Predicate<T> isWanted)
    {
        var file = Path.Combine(folder, RecordName);
        if (!File.Exists(file))
            return null;
        try
        {
            var record = RecipeFile.Read<T>(file);
            return isWanted(record) ? new WorkUnit<T>(folder, record) : null;
        }
        catch (Exception e) when (e is RecipeException or FileNotFoundException or DirectoryNotFoundException)
        {
            // Damaged, or being replaced by another rank: the work is done again, which replaces the folder.
            return null;
        }
    }

    /// <summary>As <see cref="Recorded"/>, but null if the unit is damaged.</summary>
    public static WorkUnit<T>? Find(string folder, Predicate<T> isWanted) => Recorded(folder, isWanted) is { } unit && unit.IsIntact() ? unit : null;

    /// <summary>Writes a unit.</summary>
    /// <param name="folder">Folder; one that is there is replaced.</param>
    /// <param name="format">Format of the shard.</param>
    /// <param name="statistics">Counts of the patches, complete when the last one has been given.</param>
    /// <param name="patches">Patches in catalog order.</param>
    /// <param name="recordOf">Gives the record, told the number of patches and the files with their checksums, when all patches are written.</param>
    public static WorkUnit<T> Make(
        string folder, ShardFormat format, SpectralStatistics statistics, IEnumerable<(PatchInfo, EncodedPatch)> patches, Func<int, IReadOnlyList<UnitFile>, T> recordOf)
    {
        var temporary = folder + AtomicFile.TemporarySuffix;
        Delete(temporary);
        Delete(folder);
        Directory.CreateDirectory(temporary);
        try
        {
            var (count, files) = Write(temporary, format, statistics, patches);
            var record = recordOf(count, files);
            AtomicFile.WriteText(Path.Combine(temporary, RecordName), RecipeFile.ToYaml(record));
            Directory.Move(temporary, folder);
            return new WorkUnit<T>(folder, record);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Catalog of the unit.</summary>
    public IReadOnlyList<PatchInfo> ReadCatalog() => CatalogFile.Read(Path.Combine(folder, CatalogFile.FileName));

    /// <summary>Opens the unit's shard.</summary>
    public ShardReader OpenShard(ShardFormat format) => ShardReader.Open(Path.Combine(folder, ShardName), format);

    /// <summary>Adds the unit's counts.</summary>
    public void AddCounts(SpectralStatistics statistics) => StatisticsFile.AddTo(statistics, Path.Combine(folder, CountsName));

    private bool IsIntact()
    {
        try
        {
            return Record.Files.All(file => Checksum.ToText(Checksum.OfFile(Path.Combine(folder, file.Name))) == file.Checksum);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static (int Patches, IReadOnlyList<UnitFile> Files) Write(
        string folder, ShardFormat format, SpectralStatistics statistics, IEnumerable<(PatchInfo, EncodedPatch)> patches)
    {
        var infos = new List<PatchInfo>();
        IReadOnlyList<PatchBytes> positions = [];
        Task<ulong>? counts = null;
        ulong shard;
        try
        {
            // A run that goes on looks at the checksums (IsIntact), so the shard need not be on disk before its name is.
            shard = AtomicFile.WriteWithChecksum(Path.Combine(folder, ShardName), stream => positions = ShardWriter.Write(stream, format, Noted()), flushToDisk: false);
        }
        catch
        {
            // Nothing may write into the folder when this has failed.
            ((IAsyncResult?)counts)?.AsyncWaitHandle.WaitOne();
            throw;
        }

        var catalog = CatalogFile.Write(Path.Combine(folder, CatalogFile.FileName), [.. infos.Select((info, row) => info with { Shard = ShardName, ShardRow = row, Bytes = positions[row] })]);
        return (infos.Count, [Listed(ShardName, shard), Listed(CatalogFile.FileName, catalog), Listed(CountsName, counts!.GetAwaiter().GetResult())]);

        IEnumerable<(PatchInfo, EncodedPatch)> Noted()
        {
            foreach (var (info, patch) in patches)
            {
                infos.Add(info);
                yield return (info, patch);
            }

            // The counts are complete; they are written while the last patches go to the disk.
            counts = Task.Run(() => StatisticsFile.Write(Path.Combine(folder, CountsName), statistics));
        }
    }

    private static UnitFile Listed(string name, ulong checksum) => new() { Name = name, Checksum = Checksum.ToText(checksum) };

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
