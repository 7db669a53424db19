using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Models.Products;

/// <summary>
/// Brings rows of A, or columns of B, into the order in which <see cref="TileKernel"/> reads them: the first number of each, the second of
/// each, and so on.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Packs lines side by side; where there are fewer than <paramref name="width"/>, zeros stand for the others.</summary>
    /// <param name="source">First number of the first line.</param>
    /// <param name="lineStride">Numbers from one line to the next.</param>
    /// <param name="stride">Numbers from one number of a line to the next.</param>
    /// <param name="lines">Lines, at most <paramref name="width"/>.</param>
    /// <param name="width">Lines of a tile; a multiple of 4.</param>
    /// <param name="length">Numbers of a line.</param>
    /// <param name="target">Result, [length, width].</param>
    internal static void Pack(float* source, nint lineStride, nint stride, int lines, int width, int length, float* target)
    {
        if (lineStride == 1 && lines == width)
            CopyAcross(source, stride, width, length, target);
        else if (stride == 1 && lines == width)
            Transpose(source, lineStride, width, length, target);
        else
            PackAny(source, lineStride, stride, lines, width, length, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyAcross(float* source, nint stride, int width, int length, float* target)
    {
        for (var place = 0; place < length; place++, source += stride, target += width)
        {
            var line = 0;
            for (; line + Vector512<float>.Count <= width; line += Vector512<float>.Count)
                Vector512.Load(source + line).Store(target + line);
            for (; line < width; line += Vector128<float>.Count)
                Vector128.Load(source + line).Store(target + line);
        }
    }

    /// <summary>Four numbers of four lines at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* source, nint lineStride, int width, int length, float* target)
    {
        var whole = length / 4 * 4;
        for (var line = 0; line < width; line += 4)
        {
            float* one = source + (line * lineStride), two = one + lineStride, three = two + lineStride, four = three + lineStride;
            for (var place = 0; place < whole; place += 4)
            {
                Vector128<float> a = Vector128.Load(one + place), b = Vector128.Load(two + place), c = Vector128.Load(three + place), d = Vector128.Load(four + place);
                Vector128<float> lowAb = Sse.UnpackLow(a, b), lowCd = Sse.UnpackLow(c, d), highAb = Sse.UnpackHigh(a, b), highCd = Sse.UnpackHigh(c, d);
                var to = target + (place * width) + line;
                Sse.MoveLowToHigh(lowAb, lowCd).Store(to);
                Sse.MoveHighToLow(lowCd, lowAb).Store(to + width);
                Sse.MoveLowToHigh(highAb, highCd).Store(to + (2 * width));
                Sse.MoveHighToLow(highCd, highAb).Store(to + (3 * width));
            }
        }

        PackAny(source + whole, lineStride, 1, width, width, length - whole, target + (whole * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackAny(float* source, nint lineStride, nint stride, int lines, int width, int length, float* target)
    {
        for (var place = 0; place < length; place++, target += width)
        {
            for (var line = 0; line < lines; line++)
                target[line] = source[(line * lineStride) + (place * stride)];
            new Span<float>(target + lines, width - lines).Clear();
        }
    }
}
