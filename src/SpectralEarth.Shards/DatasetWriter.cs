using System.Globalization;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards;

/// <summary>Writes data sets: shards in catalog order, then catalog, counts and checksums, then the manifest. Equal input gives equal files.</summary>
public static class DatasetWriter
{
    /// <summary>Writes a data set from encoded patches.</summary>
    /// <param name="folder">Folder to write; made if need be.</param>
    /// <param name="parts">Patches, counts and records.</param>
    /// <param name="progress">Told the share of patches written; in the caller's thread.</param>
    /// <param name="cancel">Stops between patches; no manifest is written then.</param>
    public static DatasetManifest Assemble(string folder, DatasetParts parts, Action<double>? progress, CancellationToken cancel)
    {
        if (parts.Patches.Count == 0)
            throw new ArgumentException("A data set needs at least one patch.", nameof(parts));
        var ordered = parts.Patches.ToArray();
        Array.Sort(ordered, InCatalogOrder);
        var unsigned = parts.Manifest with { Patches = ordered.Length, Targets = TargetNames(ordered), Statistics = parts.Statistics.ToChannels(), Fingerprint = "" };
        var manifest = unsigned with { Fingerprint = Fingerprint.Of(unsigned, ordered) };
        var format = ShardFormat.Of(manifest);
        Directory.CreateDirectory(Path.Combine(folder, Dataset.ShardFolder));
        // The counts are complete; they are written beside the shards.
        var counts = Task.Run(() => StatisticsFile.Write(Path.Combine(folder, StatisticsFile.FileName), parts.Statistics), CancellationToken.None);
        var files = new List<(string Name, ulong Checksum)>();
        try
        {
            for (var first = 0; first < ordered.Length; first += parts.PatchesPerShard)
            {
                var rows = ordered.AsMemory(first, Math.Min(parts.PatchesPerShard, ordered.Length - first));
                var fetched = FetchedPatches.Of(rows, parts.Fetch, row => progress?.Invoke((first + row) / (double)ordered.Length), cancel);
                files.Add(WriteShard(folder, format, first / parts.PatchesPerShard, rows, fetched));
            }
        }
        catch
        {
            // Nothing may write into the folder when this has failed.
            ((IAsyncResult)counts).AsyncWaitHandle.WaitOne();
            throw;
        }

        files.Add((StatisticsFile.FileName, counts.GetAwaiter().GetResult()));
        files.Add((CatalogFile.FileName, CatalogFile.Write(Path.Combine(folder, CatalogFile.FileName), ordered)));
        files.AddRange(parts.Records.Select(name => (name, Checksum.OfFile(Path.Combine(folder, name)))));
        files.Add((ManifestFile.FileName, ManifestFile.ChecksumOf(manifest)));
        ChecksumList.Write(folder, files);
        ManifestFile.Write(folder, manifest);
        return manifest;
    }

    /// <summary>Writes one shard and returns its path in the data set and its checksum.</summary>
    private static (string Name, ulong Checksum) WriteShard(
        string folder, ShardFormat format, int number, Memory<PatchInfo> rows, IEnumerable<(PatchInfo, EncodedPatch)> fetched)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"shard-{number:D5}.parquet");
        IReadOnlyList<PatchBytes> positions = [];
        var path = Path.Combine(folder, Dataset.ShardFolder, name);
        var checksum = AtomicFile.WriteWithChecksum(path, stream => positions = ShardWriter.Write(stream, format, fetched));
        for (var row = 0; row < rows.Length; row++)
            rows.Span[row] = rows.Span[row] with { Shard = name, ShardRow = row, Bytes = positions[row] };
        return ($"{Dataset.ShardFolder}/{name}", checksum);
    }

    /// <summary>The names that all patches have.</summary>
    private static string[] TargetNames(PatchInfo[] patches)
    {
        string[] names = [.. patches[0].Targets.Select(target => target.Name)];
        foreach (var patch in patches)
        {
            if (!patch.Targets.Select(target => target.Name).SequenceEqual(names))
                throw new ArgumentException($"Patch {patch.LocationId} has the targets {string.Join(", ", patch.Targets.Select(target => target.Name))}, others have {string.Join(", ", names)}.", nameof(patches));
        }

        return names;
    }

    /// <summary>By location, then time, then scene: a location's dates lie side by side.</summary>
    internal static int InCatalogOrder(PatchInfo a, PatchInfo b)
    {
        var order = string.CompareOrdinal(a.LocationId, b.LocationId);
        order = order != 0 ? order : a.Time.CompareTo(b.Time);
        return order != 0 ? order : string.CompareOrdinal(a.SceneId, b.SceneId);
    }
}
