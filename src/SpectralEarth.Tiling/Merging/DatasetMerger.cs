using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Tiling.Merging;

/// <summary>Makes one data set of several. Of data sets that were tiled with equal options, the result is that of tiling all their scenes at once.</summary>
public static class DatasetMerger
{
    private const string Job = "dataset merge";

    /// <summary>Merges data sets; they are not changed.</summary>
    /// <param name="folders">Two or more data sets.</param>
    /// <param name="output">Folder to write; one without a data set.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">Fewer than two data sets are named.</exception>
    /// <exception cref="DatasetException">The data sets do not fit together, a patch differs between them or has no sound copy, another file is damaged, or the output holds a data set or an unfinished run.</exception>
    /// <exception cref="Scenes.SceneException">A table of rejected scenes is missing or damaged.</exception>
    /// <exception cref="IOException">The output cannot be written, or the disk is full.</exception>
    public static MergeReport Run(IReadOnlyList<string> folders, string output, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        if (folders.Count < 2)
            throw new ArgumentException("Name at least two data sets to merge.", nameof(folders));
        WorkFolder.RequireNoOther(output, Job);
        if (WorkFolder.IsNextComplete(output))
            new WorkFolder(output, Job).Dispose();
        if (ManifestFile.Exists(output))
            throw new DatasetException($"{output}: holds a finished data set. Choose another folder.");
        Dataset[] sources = [.. folders.Select(Dataset.Open)];
        foreach (var source in sources.Skip(1))
            MergeRules.RequireFit(sources[0], source);
        var union = PatchUnion.Of(sources);
        var copies = new SoundCopies(union);
        var statistics = Statistics(sources, union, copies);
        var records = MergedRecords.Of(folders, union);
        using var folder = new WorkFolder(output, Job);
        var next = folder.BeginNext();
        var recordNames = records.Write(next);
        var (first, scratch) = (sources[0].Manifest, Array.Empty<byte>());
        var codec = PatchCodecs.Named(first.Codec);
        var earliest = union.Patches.MinBy(info => (info.Time, info.SceneId))!;
        var parts = new DatasetParts
        {
            Manifest = first with { WavelengthsNm = union.SourceOf(earliest).Dataset.Manifest.WavelengthsNm },
            PatchesPerShard = records.PatchesPerShard,
            Patches = union.Patches,
            Fetch = info => copies.Read(info, (dataset, row) => Fetch(dataset, row, codec, ref scratch)),
            Statistics = statistics,
            Records = recordNames,
        };
        var manifest = DatasetWriter.Assemble(next, parts, done => progress?.Report(done), cancel);
        folder.Publish();
        folder.RemoveWork();
        return new MergeReport(manifest.Patches, union.Repeated.Sum(patch => patch.Duplicates), manifest.Fingerprint, records.IsAsTiled)
        {
            Damaged = copies.Damaged,
            Superseded = union.Superseded,
        };
    }

    /// <summary>Counts of all sources, without the patches that several of them hold or that a newer processing takes the place of.</summary>
    private static SpectralStatistics Statistics(Dataset[] sources, PatchUnion union, SoundCopies copies)
    {
        var statistics = sources[0].ReadStatistics();
        foreach (var source in sources.Skip(1))
            statistics.Merge(source.ReadStatistics());
        foreach (var (source, row) in union.Outdated)
        {
            var patch = source.Read(row);
            statistics.Remove(patch.Pixels, patch.Validity);
        }

        foreach (var (info, duplicates) in union.Repeated)
        {
            var patch = copies.Read(info, (dataset, row) => dataset.Read(row));
            for (var duplicate = 0; duplicate < duplicates; duplicate++)
                statistics.Remove(patch.Pixels, patch.Validity);
        }

        return statistics;
    }

    private static EncodedPatch Fetch(Dataset dataset, int row, IPatchCodec codec, ref byte[] scratch)
    {
        if (dataset.Manifest.Codec == codec.Name)
            return dataset.ReadEncoded(dataset.Catalog[row]);
        var patch = dataset.Read(row);
        return EncodedPatch.Encode(codec, patch.Pixels, patch.Validity, patch.Labels, ref scratch);
    }
}

/// <summary>Outcome of a merge.</summary>
/// <param name="Patches">Patches in the new data set.</param>
/// <param name="Duplicates">Patches that several data sets held and that were kept once.</param>
/// <param name="Fingerprint">Fingerprint of the new data set.</param>
/// <param name="IsAsTiled">True if all were tiled with equal options: scenes can be added with tile.</param>
public sealed record MergeReport(int Patches, int Duplicates, string Fingerprint, bool IsAsTiled)
{
    /// <summary>Damaged patches in whose place the sound one of another data set was taken, each with the reason.</summary>
    public required IReadOnlyList<string> Damaged { get; init; }

    /// <summary>Scenes that were left out, by name, and the newer processing of the same acquisition that was kept.</summary>
    public required IReadOnlyDictionary<string, string> Superseded { get; init; }
}
