namespace SpectralEarth.Shards.Loading;

/// <summary>A batch of patches in plain memory. Disposing it gives the memory back to the loader; without that it is collected.</summary>
public sealed class PatchBatch : IDisposable
{
    /// <summary>Catalog indices of the samples, [B].</summary>
    public required int[] Indices { get; init; }
    /// <summary>Digital numbers, [B, C, H, W].</summary>
    public required short[] Pixels { get; init; }
    /// <summary>1 = usable pixel, [B, H, W].</summary>
    public required byte[] Validity { get; init; }
    /// <summary>Label codes, [B, H, W], 0 = unlabelled; null without labels.</summary>
    public required byte[]? Labels { get; init; }

    /// <summary>Number of the first sample within the optimizer step, where the batch is a part of a larger one.</summary>
    public int FirstSample { get; set; }

    /// <summary>Takes the arrays of a batch that is done with; set by the loader.</summary>
    internal Action<PatchBatch>? Recycle { get; set; }

    /// <summary>The arrays must not be used afterwards: a later batch may be read into them.</summary>
    public void Dispose()
    {
        Recycle?.Invoke(this);
        Recycle = null;
    }
}
