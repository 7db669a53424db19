using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Takes interleaved samples of two bytes apart, eight neighbouring bands of eight pixels at a time.</summary>
internal static unsafe class SampleTransposition
{
    /// <summary>Bands and pixels of a square.</summary>
    internal const int Side = 8;

    /// <summary>True on processors that have the instructions.</summary>
    internal static bool IsSupported => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>Transposes squares of samples.</summary>
    /// <param name="from">First band of the first pixel, [pixels, sourceStride].</param>
    /// <param name="sourceStride">Samples between pixels.</param>
    /// <param name="to">First pixel of the first band, [<see cref="Side"/>, targetStride].</param>
    /// <param name="targetStride">Samples between bands.</param>
    /// <param name="pixels">Pixels, a multiple of <see cref="Side"/>.</param>
    internal static void Transpose(ushort* from, nint sourceStride, ushort* to, nint targetStride, int pixels)
    {
        for (var pixel = 0; pixel < pixels; pixel += Side, from += Side * sourceStride, to += Side)
        {
            var (a0, a1) = Interleave(Load(0), Load(4));
            var (b0, b1) = Interleave(Load(1), Load(5));
            var (c0, c1) = Interleave(Load(2), Load(6));
            var (d0, d1) = Interleave(Load(3), Load(7));
            var (e0, e1) = Interleave(a0, c0);
            var (e2, e3) = Interleave(a1, c1);
            var (f0, f1) = Interleave(b0, d0);
            var (f2, f3) = Interleave(b1, d1);
            Store(0, Interleave(e0, f0));
            Store(2, Interleave(e1, f1));
            Store(4, Interleave(e2, f2));
            Store(6, Interleave(e3, f3));
        }

        Vector128<ushort> Load(int pixel) => Vector128.Load(from + (pixel * sourceStride));

        void Store(int band, (Vector128<ushort> Even, Vector128<ushort> Odd) rows)
        {
            rows.Even.Store(to + (band * targetStride));
            rows.Odd.Store(to + ((band + 1) * targetStride));
        }
    }

    /// <summary>Samples of both in turn: the lower halves, then the upper halves.</summary>
    private static (Vector128<ushort> Lower, Vector128<ushort> Upper) Interleave(Vector128<ushort> a, Vector128<ushort> b) =>
        Sse2.IsSupported
            ? (Sse2.UnpackLow(a, b), Sse2.UnpackHigh(a, b))
            : (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b));
}
