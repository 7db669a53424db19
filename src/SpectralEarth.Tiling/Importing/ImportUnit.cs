using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Tiling.Importing;

/// <summary>Some hundred finished patches in catalog order, kept until all are done.</summary>
internal sealed class ImportUnit
{
    /// <summary>Patches of a unit: what a killed run loses.</summary>
    public const int Patches = 512;

    /// <summary>Patches in memory for each thread.</summary>
    private const int PerThread = 4;

    private readonly string folder;

    private ImportUnit(string folder, ImportUnitRecord record) => (this.folder, Record) = (folder, record);

    /// <summary>What the unit holds.</summary>
    public ImportUnitRecord Record { get; }

    /// <summary>The unit of a number if it is finished, was made with these options of these files and is undamaged; else null.</summary>
    /// <param name="work">Folder of the units.</param>
    /// <param name="number">Number of the unit.</param>
    /// <param name="checksum">Of options and files: <see cref="ImportPlan.ChecksumOf"/>.</param>
    public static ImportUnit? Find(string work, int number, string checksum)
    {
        var folder = Folder(work, number);
        var found = UnitFiles.ReadRecord<ImportUnitRecord>(folder);
        return found is not null && found.Options == checksum && UnitFiles.AreIntact(folder, found.Files) ? new ImportUnit(folder, found) : null;
    }

    /// <summary>Reads patches and keeps them.</summary>
    public static ImportUnit Make(string work, int number, string checksum, ImportPlan plan, IReadOnlyList<SourcePatch> sources, CancellationToken cancel)
    {
        var folder = Folder(work, number);
        ImportUnitRecord? record = null;
        UnitFiles.Replace(folder, temporary =>
        {
            var rejected = new List<RejectedScene>();
            var statistics = new SpectralStatistics(plan.Bands.Count, Scene.NoData);
            var unknown = new CodeCounts();
            var (count, files) = UnitFiles.Write(temporary, plan.Format, statistics, Read(plan, new PatchReader(plan, statistics, unknown), sources, rejected, cancel));
            record = new ImportUnitRecord { Options = checksum, Patches = count, Rejected = rejected, UnknownCodes = unknown.All, Files = files };
            UnitFiles.WriteRecord(temporary, record);
        });
        return new ImportUnit(folder, record!);
    }

    /// <summary>Catalog of the unit.</summary>
    public IReadOnlyList<PatchInfo> ReadCatalog() => UnitFiles.Catalog(folder);

    /// <summary>Opens the unit's shard.</summary>
    public ShardReader OpenShard(ShardFormat format) => UnitFiles.Shard(folder, format);

    /// <summary>Adds the unit's counts.</summary>
    public void AddCounts(SpectralStatistics statistics) => UnitFiles.AddCounts(folder, statistics);

    private static IEnumerable<(PatchInfo, EncodedPatch)> Read(
        ImportPlan plan, PatchReader reader, IReadOnlyList<SourcePatch> sources, List<RejectedScene> rejected, CancellationToken cancel)
    {
        foreach (var batch in sources.Chunk(plan.Threads * PerThread))
        {
            var patches = new (PatchInfo, EncodedPatch)?[batch.Length];
            var reasons = new string?[batch.Length];
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = plan.Threads, CancellationToken = cancel };
            Parallel.For(0, batch.Length, parallel, i =>
            {
                try
                {
                    patches[i] = reader.Read(batch[i]);
                }
                catch (SceneException e)
                {
                    reasons[i] = e.Message;
                }
            });
            for (var i = 0; i < batch.Length; i++)
            {
                if (patches[i] is { } patch)
                    yield return patch;
                else
                    rejected.Add(new RejectedScene { Path = batch[i].Image, Reason = reasons[i]! });
            }
        }
    }

    private static string Folder(string work, int number) => Path.Combine(work, number.ToString("D6", CultureInfo.InvariantCulture));
}

/// <summary>Record of an import unit.</summary>
internal sealed record ImportUnitRecord
{
    /// <summary>Checksum of the options and the state of the files that the patches depend on.</summary>
    public required string Options { get; init; }
    public required int Patches { get; init; }
    public required IReadOnlyList<RejectedScene> Rejected { get; init; }
    /// <summary>Label codes of no class.</summary>
    public required IReadOnlyList<CodeCount> UnknownCodes { get; init; }
    public required IReadOnlyList<UnitFile> Files { get; init; }
}
