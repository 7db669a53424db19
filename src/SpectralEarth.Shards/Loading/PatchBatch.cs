namespace SpectralEarth.Shards.Loading;

/// <summary>A batch of patches in plain memory.</summary>
public sealed class PatchBatch
{
    /// <summary>Catalog indices of the samples, [B].</summary>
    public required int[] Indices { get; init; }
    /// <summary>Digital numbers, [B, C, H, W].</summary>
    public required short[] Pixels { get; init; }
    /// <summary>1 = usable pixel, [B, H, W].</summary>
    public required byte[] Validity { get; init; }
    /// <summary>Label codes, [B, H, W], 0 = unlabelled; null without labels.</summary>
    public required byte[]? Labels { get; init; }
}
