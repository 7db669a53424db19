using SpectralEarth.Models.Contrastive;

namespace SpectralEarth.Models;

/// <summary>Trained parameters of the heads that objectives put on an encoder's feature of some width.</summary>
public static class HeadParameters
{
    /// <summary>MoCo v2's head.</summary>
    public static long Of(MomentumContrastConfig config, int width) => Projection(width, config.HiddenWidth) + Projection(config.HiddenWidth, config.OutputWidth);

    /// <summary>MoCo v3's projector, which the key network has too, and predictor; their last normalisations train nothing.</summary>
    public static (long Projector, long Predictor) Of(SymmetricContrastConfig config, int width)
    {
        var (hidden, output) = (config.HiddenWidth, config.OutputWidth);
        var last = (long)hidden * output;
        return (Projection(width, hidden) + Projection(hidden, hidden) + last, Projection(output, hidden) + last);
    }

    /// <summary>DINO's head; the lengths of the last layer's rows are fixed.</summary>
    public static long Of(SelfDistillationConfig config, int width)
    {
        var (hidden, bottleneck) = ((long)config.HiddenWidth, (long)config.BottleneckWidth);
        return ((width + 1) * hidden) + ((hidden + 1) * hidden) + ((hidden + 1) * bottleneck) + (bottleneck * config.Outputs);
    }

    /// <summary>A linear layer without bias, and scale and shift of its normalisation.</summary>
    private static long Projection(long inputs, long outputs) => (inputs * outputs) + (2 * outputs);
}
