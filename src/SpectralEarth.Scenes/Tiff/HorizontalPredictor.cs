using System.Numerics;
using System.Runtime.InteropServices;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Differences along a row, per sample of a pixel, modulo the range of the type (TIFF 6.0, section 14).</summary>
internal static class HorizontalPredictor
{
    /// <summary>Sums the differences of every row back to samples, in place.</summary>
    /// <param name="block">Rows of differences in the machine's byte order.</param>
    /// <param name="rowBytes">Bytes of a row; divides the length of the block.</param>
    /// <param name="samplesPerPixel">Samples that lie together for one pixel.</param>
    /// <param name="sampleBytes">1, 2, 4 or 8.</param>
    internal static void Undo(Span<byte> block, int rowBytes, int samplesPerPixel, int sampleBytes)
    {
        for (; !block.IsEmpty; block = block[rowBytes..])
        {
            var row = block[..rowBytes];
            if (sampleBytes == 1)
                UndoRow(row, samplesPerPixel);
            else if (sampleBytes == 2)
                UndoRow(MemoryMarshal.Cast<byte, short>(row), samplesPerPixel);
            else if (sampleBytes == 4)
                UndoRow(MemoryMarshal.Cast<byte, int>(row), samplesPerPixel);
            else
                UndoRow(MemoryMarshal.Cast<byte, long>(row), samplesPerPixel);
        }
    }

    private static void UndoRow<T>(Span<T> row, int stride) where T : unmanaged, IBinaryInteger<T>
    {
        var i = stride;
        // A vector may not reach into the pixel that it is added to, hence only for wide pixels.
        if (Vector.IsHardwareAccelerated && stride >= Vector<T>.Count)
        {
            for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
                (new Vector<T>(row[(i - stride)..]) + new Vector<T>(row[i..])).CopyTo(row[i..]);
        }

        for (; i < row.Length; i++)
            row[i] += row[i - stride];
    }
}
