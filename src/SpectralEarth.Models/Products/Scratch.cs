using System.Runtime.InteropServices;

namespace SpectralEarth.Models.Products;

/// <summary>Memory of one thread for blocks of numbers, each on whole lines of the cache; freed together.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private const int Line = 64;

    private readonly List<nint> blocks = [];

    /// <summary>Numbers whose values are undefined.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for them; the other blocks are freed.</exception>
    internal float* New(long count)
    {
        try
        {
            var block = NativeMemory.AlignedAlloc((nuint)count * sizeof(float), Line);
            blocks.Add((nint)block);
            return (float*)block;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A matrix whose values are undefined.</summary>
    internal Matrix Rows(long rows, long columns, long rowStride) => new(New(rows * rowStride), rows, columns, rowStride, columnStride: 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in blocks)
            NativeMemory.AlignedFree((void*)block);
        blocks.Clear();
    }
}
