using System.Buffers;
using SpectralEarth.Storage;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Memory of stored and decoded blocks, used again from raster to raster.</summary>
internal static class BlockMemory
{
    /// <summary>A row of small tiles of a planar scene.</summary>
    private const int MostArrays = 2048;

    /// <summary>The shared pool would keep an array for every thread that ever gave one back, and a block may have 100 MB.</summary>
    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(maxArrayLength: 1 << 30, MostArrays);

    /// <summary>Memory for at least as many bytes, of any content; the caller gives it back.</summary>
    internal static byte[] Take(int bytes)
    {
        var memory = Pool.Rent(bytes);
        FreshMemory.Expect(memory);
        return memory;
    }

    /// <summary>Gives memory to the next one who takes some.</summary>
    internal static void Give(byte[] memory) => Pool.Return(memory);
}
