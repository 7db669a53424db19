using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>The files of a finished piece of work: a shard, its catalog and counts for the statistics.</summary>
internal static class UnitFiles
{
    private const string ShardName = "part.parquet";
    private const string CountsName = "counts.parquet";
    private const string RecordName = "unit.yaml";

    /// <summary>Writes the files into a folder.</summary>
    /// <param name="folder">Folder.</param>
    /// <param name="format">Format of the shard.</param>
    /// <param name="statistics">Counts of the patches, complete when the last one has been given.</param>
    /// <param name="patches">Patches in catalog order.</param>
    /// <returns>Number of patches, and the files with their checksums.</returns>
    public static (int Patches, IReadOnlyList<UnitFile> Files) Write(
        string folder, ShardFormat format, SpectralStatistics statistics, IEnumerable<(PatchInfo Info, EncodedPatch Patch)> patches)
    {
        var infos = new List<PatchInfo>();
        IReadOnlyList<PatchBytes> positions = [];
        Task<ulong>? counts = null;
        ulong shard;
        try
        {
            // A run that goes on looks at the checksums (AreIntact), so the shard need not be on disk before its name is.
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

    /// <summary>Writes a folder that appears by renaming when all of it is on disk.</summary>
    public static void Replace(string folder, Action<string> write)
    {
        var temporary = folder + AtomicFile.TemporarySuffix;
        Delete(temporary);
        Delete(folder);
        Directory.CreateDirectory(temporary);
        try
        {
            write(temporary);
            Directory.Move(temporary, folder);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes the record of what was written into the folder.</summary>
    public static void WriteRecord<T>(string folder, T record) where T : notnull =>
        AtomicFile.WriteText(Path.Combine(folder, RecordName), RecipeFile.ToYaml(record));

    /// <summary>The record of a finished folder; null if there is none that can be read.</summary>
    /// <param name="folder">Folder; it may be missing.</param>
    public static T? ReadRecord<T>(string folder) where T : class
    {
        var file = Path.Combine(folder, RecordName);
        if (!File.Exists(file))
            return null;
        try
        {
            return RecipeFile.Read<T>(file);
        }
        catch (Exception e) when (e is RecipeException or FileNotFoundException or DirectoryNotFoundException)
        {
            // Damaged, or being replaced by another rank: the work is done again, which replaces the folder.
            return null;
        }
    }

    /// <summary>Whether all files are present with the checksums that the record tells.</summary>
    /// <param name="folder">Folder.</param>
    /// <param name="files">The files that the record tells of.</param>
    public static bool AreIntact(string folder, IReadOnlyList<UnitFile> files)
    {
        try
        {
            return files.All(file => Checksum.ToText(Checksum.OfFile(Path.Combine(folder, file.Name))) == file.Checksum);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>The catalog.</summary>
    public static IReadOnlyList<PatchInfo> Catalog(string folder) => CatalogFile.Read(Path.Combine(folder, CatalogFile.FileName));

    /// <summary>Opens the shard.</summary>
    public static ShardReader Shard(string folder, ShardFormat format) => ShardReader.Open(Path.Combine(folder, ShardName), format);

    /// <summary>Adds the counts.</summary>
    public static void AddCounts(string folder, SpectralStatistics statistics) => StatisticsFile.AddTo(statistics, Path.Combine(folder, CountsName));

    private static UnitFile Listed(string name, ulong checksum) => new() { Name = name, Checksum = Checksum.ToText(checksum) };

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
