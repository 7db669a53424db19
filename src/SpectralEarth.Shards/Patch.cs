namespace SpectralEarth.Shards;

/// <summary>A patch with its pixels.</summary>
public sealed class Patch
{
    /// <summary>Catalog row.</summary>
    public required PatchInfo Info { get; init; }
    /// <summary>Digital numbers (reflectance x 10000), [C, H, W].</summary>
    public required short[] Pixels { get; init; }
    /// <summary>1 where the pixel may be used (imaged, not no-data), else 0; [H, W].</summary>
    public required byte[] Validity { get; init; }
    /// <summary>Label codes, [H, W], 0 = unlabelled; null in data sets without labels.</summary>
    public required byte[]? Labels { get; init; }
}
