namespace SpectralEarth.Models.Work;

/// <summary>What the residual network of an encoder takes for one image, its adapter not counted.</summary>
/// <param name="Bottom">Operations of the stem, whose input needs no gradient; 0 behind an adapter, where there is none.</param>
/// <param name="Top">Operations of the bottlenecks.</param>
/// <param name="Parameters">Trained parameters.</param>
/// <param name="KeptValues">
/// Numbers that are kept for the backward pass: the result of each convolution, which its normalisation keeps, and that of each ReLU.
/// </param>
internal sealed record ResidualWork(double Bottom, double Top, long Parameters, double KeptValues)
{
    private const int StemWidth = 64;

    /// <summary>Work of the network in <see cref="Layers.ResNet50"/>.</summary>
    public static ResidualWork Of(EncoderConfig encoder)
    {
        var work = new ResidualWork(0, 0, 0, 0);
        var (side, channels) = (encoder.PatchSize, SpectralAdapter.Features);
        if (!encoder.HasAdapter)
        {
            side = Half(side);
            var (bottom, kept) = (Operations(side, encoder.Bands, StemWidth, taps: 7), Values(side, 2 * StemWidth));
            (side, channels) = (Half(side), StemWidth);     // max pool, which keeps its result and places of 8 bytes
            work = new ResidualWork(bottom, 0, Weights(encoder.Bands, StemWidth, taps: 7), kept + Values(side, 3 * StemWidth));
        }

        for (var stage = 0; stage < SpectralResNet50.Bottlenecks.Count; stage++)
        {
            for (var block = 0; block < SpectralResNet50.Bottlenecks[stage]; block++)
            {
                var outputs = Layers.ResNet50.WidthOf(stage);
                var isFirst = stage == 0 && block == 0;
                var width = isFirst && encoder.HasAdapter ? outputs : outputs / 4;
                var after = block == 0 && (stage > 0 || encoder.HasAdapter) ? Half(side) : side;
                work = work.With(side, channels, width, taps: 1).With(after, width, width, taps: 3).With(after, width, outputs, taps: 1);
                if (channels != outputs)
                    work = work.With(after, channels, outputs, taps: 1, kept: 1);        // its sum with the other has the ReLU
                (side, channels) = (after, outputs);
            }
        }

        return work;
    }

    /// <summary>With one more convolution and its normalisation.</summary>
    private ResidualWork With(int side, int inputs, int outputs, int taps, int kept = 2) => this with
    {
        Top = Top + Operations(side, inputs, outputs, taps),
        Parameters = Parameters + Weights(inputs, outputs, taps),
        KeptValues = KeptValues + Values(side, kept * outputs),
    };

    private static double Values(double side, int channels) => side * side * channels;

    private static double Operations(int side, int inputs, int outputs, int taps) => 2.0 * side * side * inputs * outputs * taps * taps;

    private static long Weights(long inputs, long outputs, int taps) => (inputs * outputs * taps * taps) + (2 * outputs);

    private static int Half(int side) => (side + 1) / 2;
}
