using SpectralEarth.Models.Adapter;

namespace SpectralEarth.Models.Work;

/// <summary>What a spectral adapter takes per pixel; nothing for a network without one.</summary>
/// <param name="Bottom">Operations of its first layer, whose input needs no gradient.</param>
/// <param name="Top">Operations of the others.</param>
/// <param name="KeptValues">Numbers that are kept for the backward pass, the features included.</param>
/// <param name="Parameters">Trained parameters.</param>
internal sealed record AdapterWork(double Bottom, double Top, double KeptValues, long Parameters)
{
    private const int Hidden = 256;

    /// <summary>Work of the adapter of an encoder.</summary>
    public static AdapterWork Of(EncoderConfig encoder)
    {
        const long features = SpectralAdapter.Features;
        if (!encoder.HasAdapter)
            return new AdapterWork(0, 0, 0, 0);
        if (encoder.Adapter == AdapterForm.Full)
        {
            return new AdapterWork(2.0 * encoder.Bands * Hidden, 2.0 * Hidden * features, encoder.Bands + Hidden + features + features,
                (Hidden * WavelengthBasis.Waves) + (Hidden * features) + (2 * (Hidden + features)));
        }

        var first = Positions(encoder.Bands, taps: 7, stride: 5);
        var second = Positions(first, taps: 7, stride: 5);
        var third = Positions(second, taps: 5, stride: 3);
        return new AdapterWork(2.0 * first * 7 * 32, 2.0 * ((second * 7 * 32 * 64) + (third * 5 * 64 * features)),
            encoder.Bands + (64.0 * second) + (features * third) + features,
            (7 * 32) + (7 * 32 * 64) + (5 * 64 * features) + (3 * (32 + 64 + features)));
    }

    /// <summary>Positions after a convolution that pads one at both ends.</summary>
    private static int Positions(int length, int taps, int stride) => ((length + 2 - taps) / stride) + 1;
}
