using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Tiling.Importing;

/// <summary>Some hundred finished patches each, in catalog order.</summary>
internal static class ImportUnits
{
    /// <summary>Patches of a unit: what a killed run loses.</summary>
    public const int Patches = 512;

    /// <summary>Patches in memory for each thread.</summary>
    private const int PerThread = 4;

    /// <summary>The unit of a number: one that is finished, was made with the plan's options of these files and is undamaged, else a new one.</summary>
    /// <param name="work">Folder of the units.</param>
    /// <param name="number">Number of the unit.</param>
    /// <param name="plan">What is imported and how.</param>
    /// <param name="sources">Patches of the unit.</param>
    /// <param name="cancel">Stops between batches of patches.</param>
    public static WorkUnit<ImportUnitRecord> FindOrMake(string work, int number, ImportPlan plan, IReadOnlyList<SourcePatch> sources, CancellationToken cancel)
    {
        var folder = Path.Combine(work, number.ToString("D6", CultureInfo.InvariantCulture));
        var checksum = plan.ChecksumOf(sources);
        if (WorkUnit<ImportUnitRecord>.Find(folder, record => record.Options == checksum) is { } finished)
            return finished;
        var rejected = new List<RejectedScene>();
        var statistics = new SpectralStatistics(plan.Bands.Count, Scene.NoData);
        var unknown = new CodeCounts();
        var patches = Read(plan, new PatchReader(plan, statistics, unknown), sources, rejected, cancel);
        return WorkUnit<ImportUnitRecord>.Make(folder, plan.Format, statistics, patches, (count, files) =>
            new ImportUnitRecord { Options = checksum, Patches = count, Rejected = rejected, UnknownCodes = unknown.All, Files = files });
    }

    private static IEnumerable<(PatchInfo, EncodedPatch)> Read(
        ImportPlan plan, PatchReader reader, IReadOnlyList<SourcePatch> sources, List<RejectedScene> rejected, CancellationToken cancel)
    {
        foreach (var batch in sources.Chunk(plan.Threads * PerThread))
        {
            var patches = new (PatchInfo, EncodedPatch)?[batch.Length];
            var reasons = new string?[batch.Length];
            ParallelPatches.For(batch.Length, i =>
            {
                try
                {
                    patches[i] = reader.Read(batch[i]);
                }
                catch (SceneException e)
                {
                    reasons[i] = e.Message;
                }
            }, cancel, plan.Threads);
            for (var i = 0; i < batch.Length; i++)
            {
                if (patches[i] is { } patch)
                    yield return patch;
                else
                    rejected.Add(new RejectedScene { Path = batch[i].Image, Reason = reasons[i]! });
            }
        }
    }
}

/// <summary>Record of an import unit.</summary>
internal sealed record ImportUnitRecord : IUnitRecord
{
    /// <summary>Checksum of the options and the state of the files that the patches depend on.</summary>
    public required string Options { get; init; }
    public required int Patches { get; init; }
    public required IReadOnlyList<RejectedScene> Rejected { get; init; }
    /// <summary>Label codes of no class.</summary>
    public required IReadOnlyList<CodeCount> UnknownCodes { get; init; }
    /// <inheritdoc/>
    public required IReadOnlyList<UnitFile> Files { get; init; }
}
