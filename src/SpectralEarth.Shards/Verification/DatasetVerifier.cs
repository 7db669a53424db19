using System.Diagnostics;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Shards.Verification;

/// <summary>
/// Checks a data set completely: every byte of every file against checksums.txt, the catalog against dataset.yaml, every
/// row of every shard against the catalog, every patch against its checksum, and the statistics against the pixels. What is
/// wrong is noted, and the check goes on. Uses all cores.
/// </summary>
public static class DatasetVerifier
{
    /// <summary>Checks the data set in a folder.</summary>
    /// <param name="folder">Folder of the data set.</param>
    /// <param name="progress">Told after every patch, from one thread at a time.</param>
    /// <param name="cancel">Stops the check.</param>
    /// <exception cref="DatasetException">There is no finished data set.</exception>
    public static VerifyReport Run(string folder, IProgress<VerifyProgress>? progress = null, CancellationToken cancel = default)
    {
        if (!ManifestFile.Exists(folder))
            _ = ManifestFile.Read(folder);
        var begun = Stopwatch.GetTimestamp();
        var problems = new ProblemList();
        var files = new FileCheck(folder, problems);
        var bytes = 0L;
        ParallelPatches.For(files.Names.Count, file => Interlocked.Add(ref bytes, files.Check(files.Names[file])), cancel);
        var patches = 0;
        // Files whose bytes have changed are not parsed: a Parquet reader may take any time and memory over them, and a
        // changed dataset.yaml would make every patch look damaged.
        var manifest = problems.Concerns(ManifestFile.FileName) ? null : problems.Try(ManifestFile.FileName, () => ManifestFile.Read(folder));
        var catalog = problems.Concerns(CatalogFile.FileName) ? null : problems.Try(CatalogFile.FileName, () => CatalogFile.Read(Path.Combine(folder, CatalogFile.FileName)));
        if (manifest is not null && catalog is not null)
        {
            CatalogCheck.Run(manifest, catalog, problems);
            patches = CheckPatches(folder, manifest, catalog, problems, progress, cancel);
        }
        else
        {
            problems.Add(manifest is null ? ManifestFile.FileName : CatalogFile.FileName, "without this file patches cannot be decoded; the files that hold them were read to the end.");
        }

        return new VerifyReport
        {
            Problems = problems.Sorted(),
            Files = files.Names.Count,
            Patches = patches,
            Bytes = bytes,
            Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds,
        };
    }

    private static int CheckPatches(
        string folder, DatasetManifest manifest, IReadOnlyList<PatchInfo> catalog, ProblemList problems, IProgress<VerifyProgress>? progress, CancellationToken cancel)
    {
        var gate = new Lock();
        var done = 0;
        var statistics = new SpectralStatistics(manifest.Bands.Count, manifest.NoData);
        var check = new ShardCheck(folder, manifest, problems, statistics);
        var shards = catalog.GroupBy(info => info.Shard).ToArray();
        ParallelPatches.For(shards.Length, shard => check.Run(shards[shard].Key, [.. shards[shard]], PatchDone, cancel), cancel);
        CheckStatistics(folder, manifest, statistics, problems);
        return done;

        void PatchDone()
        {
            lock (gate)
            {
                done++;
                progress?.Report(new VerifyProgress(done, catalog.Count, problems.Count));
            }
        }
    }

    private static void CheckStatistics(string folder, DatasetManifest manifest, SpectralStatistics found, ProblemList problems)
    {
        // Bad patches are missing in the counts, so the comparison says something about a sound data set only.
        if (problems.Count == 0 && !ChannelStatistics.AreEqual(found.ToChannels(), manifest.Statistics))
            problems.Add(ManifestFile.FileName, "'statistics' are not those of the pixels.");
        var stored = new SpectralStatistics(manifest.Bands.Count, manifest.NoData);
        var isRead = !problems.Concerns(StatisticsFile.FileName) && problems.Try(StatisticsFile.FileName, () =>
        {
            StatisticsFile.AddTo(stored, Path.Combine(folder, StatisticsFile.FileName));
            return stored;
        }) is not null;
        if (isRead && !ChannelStatistics.AreEqual(stored.ToChannels(), manifest.Statistics))
            problems.Add(StatisticsFile.FileName, $"its counts give other statistics than {ManifestFile.FileName} has.");
    }
}
