using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Pixels are worked on in chunks whose intermediate results stay in cache and never all exist at once; on the processor several side by
/// side. Sums are taken in an order that the number of pixels decides. No gradients are recorded.
/// </summary>
internal static class PixelChunks
{
    private const long PixelsOnCpu = 1024;
    private const long PixelsElsewhere = 65536;

    /// <summary>Partial sums of <see cref="Sums"/> that exist at a time.</summary>
    private const int MostParts = 64;

    /// <summary>Works on each chunk of <paramref name="rows"/> [M, ...].</summary>
    /// <param name="rows">Decides number of pixels and device.</param>
    /// <param name="work">Gets first pixel and number of pixels of a chunk, on any thread, in a dispose scope of its own.</param>
    internal static void ForEach(Tensor rows, Action<long, long> work) => Run(rows, (_, first, count) => work(first, count));

    /// <summary>Sums over all chunks of <paramref name="rows"/> [M, ...].</summary>
    /// <param name="rows">Decides number of pixels and device.</param>
    /// <param name="zeros">Makes what a part's sums begin with.</param>
    /// <param name="add">Adds a chunk to a part's sums, in place, given first pixel and number of pixels; on any thread, in a dispose scope of its own.</param>
    /// <returns>The sums, in the caller's scope.</returns>
    internal static Tensor[] Sums(Tensor rows, Func<Tensor[]> zeros, Action<Tensor[], long, long> add)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Tensor[][] parts = [.. Enumerable.Range(0, Parts(rows)).Select(_ => zeros())];
        Run(rows, (part, first, count) => add(parts[part], first, count));
        foreach (var part in parts[1..])
        {
            foreach (var (sum, summand) in parts[0].Zip(part))
                sum.add_(summand);
        }

        return [.. parts[0].Select(sum => sum.MoveToOuterDisposeScope())];
    }

    /// <summary>The chunks in as many parts as there are, or <see cref="MostParts"/>; those of a part one after the other.</summary>
    private static void Run(Tensor rows, Action<int, long, long> work)
    {
        var (pixels, size, chunks, parts) = (rows.shape[0], Size(rows), Chunks(rows), Parts(rows));
        if (rows.device_type == DeviceType.CPU)
        {
            TensorParts.Run(parts, Work);
            return;
        }

        for (var part = 0; part < parts; part++)
            Work(part);

        void Work(int part)
        {
            using var frozen = no_grad();
            for (var chunk = chunks * part / parts; chunk < chunks * (part + 1) / parts; chunk++)
            {
                using var scope = NewDisposeScope();
                work(part, chunk * size, Math.Min(size, pixels - (chunk * size)));
            }
        }
    }

    private static int Parts(Tensor rows) => (int)Math.Clamp(Chunks(rows), 1, MostParts);

    private static long Chunks(Tensor rows) => (rows.shape[0] + Size(rows) - 1) / Size(rows);

    private static long Size(Tensor rows) => rows.device_type == DeviceType.CPU ? PixelsOnCpu : PixelsElsewhere;
}
