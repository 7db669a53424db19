using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Shards;

/// <summary>What a data set is assembled from.</summary>
public sealed record DatasetParts
{
    /// <summary>Patches of a full shard unless another number is wanted.</summary>
    public const int UsualPatchesPerShard = 256;

    /// <summary>What the patches have in common; number of patches, targets, statistics and fingerprint are filled in.</summary>
    public required DatasetManifest Manifest { get; init; }
    /// <summary>Patches of a full shard.</summary>
    public required int PatchesPerShard { get; init; }
    /// <summary>All patches in any order, with their checksums.</summary>
    public required IReadOnlyList<PatchInfo> Patches { get; init; }
    /// <summary>Gives the encoded form of one of <see cref="Patches"/>; called in catalog order, ahead of the writing, by one other thread.</summary>
    public required Func<PatchInfo, EncodedPatch> Fetch { get; init; }
    /// <summary>Statistics of the valid pixels of all patches.</summary>
    public required SpectralStatistics Statistics { get; init; }
    /// <summary>Files in the folder that tell what the data was made from; they get checksums too.</summary>
    public IReadOnlyList<string> Records { get; init; } = [];
}
