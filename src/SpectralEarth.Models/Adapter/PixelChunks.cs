using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Adapter;

/// <summary>Pixels are worked on in chunks whose intermediate results stay in cache and never all exist at once.</summary>
internal static class PixelChunks
{
    private const long PixelsOnCpu = 1024;
    private const long PixelsElsewhere = 65536;

    /// <summary>First pixel and number of pixels of each chunk of <paramref name="rows"/> [M, ...].</summary>
    internal static IEnumerable<(long First, long Count)> Of(Tensor rows)
    {
        var size = rows.device_type == DeviceType.CPU ? PixelsOnCpu : PixelsElsewhere;
        for (var first = 0L; first < rows.shape[0]; first += size)
            yield return (first, Math.Min(size, rows.shape[0] - first));
    }
}
