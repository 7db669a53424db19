using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Shards.Codecs;

/// <summary>
/// Predicts a channel, pixel by pixel, as a weighted sum of up to eight channels before it. Weights are fitted to the
/// patch by least squares and stored, so the decoder needs no adaptation and every pixel is independent of its neighbours.
/// Integer arithmetic: prediction = clamp((bias + sum of weight x sample) >> 13), sums modulo 2^32.
/// </summary>
internal struct SpectralPredictor
{
    /// <summary>Channels that a prediction may use.</summary>
    public const int Order = 8;
    /// <summary>Binary places of the weights.</summary>
    public const int Shift = 13;

    private WeightBuffer weights;
    private int bias;
    private int count;

    [InlineArray(Order)]
    private struct WeightBuffer
    {
        private short first;
    }

    /// <summary>Bytes of the stored form for channel <paramref name="channel"/>.</summary>
    public static int StoredLength(int channel) => (Math.Min(channel, Order) * sizeof(short)) + sizeof(int);

    /// <summary>Rounds fitted weights (of the nearest channel first); the bias makes the mean error zero after rounding.</summary>
    public static SpectralPredictor FromFit(ReadOnlySpan<double> fitted, double mean, ReadOnlySpan<double> means)
    {
        const double one = 1 << Shift;
        var predictor = new SpectralPredictor { count = fitted.Length };
        for (var i = 0; i < fitted.Length; i++)
        {
            predictor.weights[i] = (short)Math.Clamp(Math.Round(fitted[i] * one), short.MinValue, short.MaxValue);
            mean -= predictor.weights[i] / one * means[i];
        }

        predictor.bias = (int)Math.Clamp(Math.Round(mean * one) + (one / 2), int.MinValue, int.MaxValue);
        return predictor;
    }

    public static SpectralPredictor Read(ReadOnlySpan<byte> stored, int channel)
    {
        var predictor = new SpectralPredictor { count = Math.Min(channel, Order) };
        for (var i = 0; i < predictor.count; i++)
            predictor.weights[i] = BinaryPrimitives.ReadInt16LittleEndian(stored[(2 * i)..]);
        predictor.bias = BinaryPrimitives.ReadInt32LittleEndian(stored[(2 * predictor.count)..]);
        return predictor;
    }

    public readonly void Write(Span<byte> stored)
    {
        for (var i = 0; i < count; i++)
            BinaryPrimitives.WriteInt16LittleEndian(stored[(2 * i)..], weights[i]);
        BinaryPrimitives.WriteInt32LittleEndian(stored[(2 * count)..], bias);
    }

    /// <summary>The two weights of a pair of predecessors, ready for multiply-add; a missing one is 0.</summary>
    private readonly Vector256<short> Pair(int first) =>
        Vector256.Create((weights[first + 1] << 16) | (ushort)weights[first]).AsInt16();

    /// <summary>Loads all weights once, so that a loop over pixels keeps them in registers.</summary>
    public readonly Vectors ToVectors() => new(Vector256.Create(bias), Pair(0), Pair(2), Pair(4), Pair(6), (count + 1) / 2);

    /// <summary>The predictor in vector registers.</summary>
    public readonly struct Vectors(
        Vector256<int> bias, Vector256<short> first, Vector256<short> second, Vector256<short> third, Vector256<short> fourth, int pairs)
    {
        /// <summary>Predicts 16 pixels from position <paramref name="at"/> on.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<short> At(in ChannelWindow window, int at)
        {
            var (low, high) = (bias, bias);
            if (pairs > 0)
                Add(window.Load(1, at), window.Load(2, at), first, ref low, ref high);
            if (pairs > 1)
                Add(window.Load(3, at), window.Load(4, at), second, ref low, ref high);
            if (pairs > 2)
                Add(window.Load(5, at), window.Load(6, at), third, ref low, ref high);
            if (pairs > 3)
                Add(window.Load(7, at), window.Load(8, at), fourth, ref low, ref high);
            (low, high) = (low >> Shift, high >> Shift);
            return Avx2.IsSupported ? Avx2.PackSignedSaturate(low, high) : Vector256.NarrowWithSaturation(low, high);
        }

        // AVX2 interleaves and packs within 128-bit halves; the two undo each other, so sums need no reordering.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(Vector256<short> near, Vector256<short> far, Vector256<short> pair, ref Vector256<int> low, ref Vector256<int> high)
        {
            if (Avx2.IsSupported)
            {
                low += Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(near, far), pair);
                high += Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(near, far), pair);
                return;
            }

            var (nearLow, nearHigh) = Vector256.Widen(near);
            var (farLow, farHigh) = Vector256.Widen(far);
            var (a, b) = (Vector256.Create((int)pair[0]), Vector256.Create((int)pair[1]));
            low += (nearLow * a) + (farLow * b);
            high += (nearHigh * a) + (farHigh * b);
        }
    }
}
