using System.Buffers;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Memory of stored and decoded blocks, used again from raster to raster.</summary>
internal static class BlockMemory
{
    /// <summary>A row of small tiles of a planar scene.</summary>
    private const int MostArrays = 2048;

    /// <summary>The shared pool would keep an array for every thread that ever gave one back, and a block may have 100 MB.</summary>
    internal static ArrayPool<byte> Pool { get; } = ArrayPool<byte>.Create(maxArrayLength: 1 << 30, MostArrays);
}
