using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Takes interleaved samples of one or two bytes apart, as many neighbouring bands of eight pixels at a time as a register holds samples.</summary>
internal static unsafe class SampleTransposition
{
    /// <summary>Pixels that are taken at a time.</summary>
    internal const int Pixels = 8;

    /// <summary>Bands that are taken at a time.</summary>
    internal static int Bands<T>() where T : unmanaged => Vector128<byte>.Count / Unsafe.SizeOf<T>();

    /// <summary>True for samples of this size on processors that have the instructions.</summary>
    internal static bool IsSupported<T>() where T : unmanaged => Unsafe.SizeOf<T>() <= sizeof(ushort) && (Sse2.IsSupported || AdvSimd.Arm64.IsSupported);

    /// <summary>Transposes blocks of samples.</summary>
    /// <param name="from">First band of the first pixel, [pixels, sourceStride].</param>
    /// <param name="sourceStride">Samples between pixels.</param>
    /// <param name="to">First pixel of the first band, [<see cref="Bands{T}"/>, targetStride].</param>
    /// <param name="targetStride">Samples between bands.</param>
    /// <param name="pixels">Pixels, a multiple of <see cref="Pixels"/>.</param>
    internal static void Transpose<T>(T* from, nint sourceStride, T* to, nint targetStride, int pixels)
        where T : unmanaged
    {
        for (var pixel = 0; pixel < pixels; pixel += Pixels, from += Pixels * sourceStride, to += Pixels)
        {
            var (a0, a1) = Interleave<T>(Load(0), Load(4));
            var (b0, b1) = Interleave<T>(Load(1), Load(5));
            var (c0, c1) = Interleave<T>(Load(2), Load(6));
            var (d0, d1) = Interleave<T>(Load(3), Load(7));
            var (e0, e1) = Interleave<T>(a0, c0);
            var (e2, e3) = Interleave<T>(a1, c1);
            var (f0, f1) = Interleave<T>(b0, d0);
            var (f2, f3) = Interleave<T>(b1, d1);
            Store(0, Interleave<T>(e0, f0));
            Store(1, Interleave<T>(e1, f1));
            Store(2, Interleave<T>(e2, f2));
            Store(3, Interleave<T>(e3, f3));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<byte> Load(int pixel) => Vector128.Load((byte*)(from + (pixel * sourceStride)));

        // A quarter of the bands: one each of two bytes, two each of one.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Store(int quarter, (Vector128<byte> First, Vector128<byte> Second) bands)
        {
            var band = to + (quarter * (Bands<T>() / 4) * targetStride);
            if (Unsafe.SizeOf<T>() == sizeof(ushort))
            {
                bands.First.Store((byte*)band);
                bands.Second.Store((byte*)(band + targetStride));
                return;
            }

            bands.First.GetLower().Store((byte*)band);
            bands.First.GetUpper().Store((byte*)(band + targetStride));
            bands.Second.GetLower().Store((byte*)(band + (2 * targetStride)));
            bands.Second.GetUpper().Store((byte*)(band + (3 * targetStride)));
        }
    }

    /// <summary>Samples of both in turn: the lower halves, then the upper halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<byte> Lower, Vector128<byte> Upper) Interleave<T>(Vector128<byte> a, Vector128<byte> b)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 1)
            return Sse2.IsSupported ? (Sse2.UnpackLow(a, b), Sse2.UnpackHigh(a, b)) : (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b));
        var (first, second) = (a.AsUInt16(), b.AsUInt16());
        return Sse2.IsSupported
            ? (Sse2.UnpackLow(first, second).AsByte(), Sse2.UnpackHigh(first, second).AsByte())
            : (AdvSimd.Arm64.ZipLow(first, second).AsByte(), AdvSimd.Arm64.ZipHigh(first, second).AsByte());
    }
}
