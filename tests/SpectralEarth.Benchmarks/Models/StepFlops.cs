using System.Diagnostics;
using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Models;

/// <summary>Floating-point operations that a pretraining step needs, and the machine's matmul peak.</summary>
internal static class StepFlops
{
    /// <summary>Operations of matrix products in forward and backward pass; what is made twice to save memory counts once.</summary>
    internal static double Of(MaeConfig config, int batch)
    {
        var encoder = config.Encoder;
        double d = encoder.Width, e = config.DecoderWidth, tokens = encoder.Tokens, area = encoder.TokenSize * encoder.TokenSize;
        double visible = RandomMasking.KeptTokens(encoder.Tokens, config.MaskRatio), hidden = tokens - visible;
        double seen = visible + 1, wanted = config.PredictedTokens((long)hidden);
        var pixels = area * (config.AdapterInput == AdapterInput.Visible ? visible : tokens);

        // No gradient is needed of the image: the adapter's first layer costs two products, everything else three.
        var (first, rest) = Adapter(encoder);
        var products = (2 * pixels * first) + (3 * pixels * rest) + (3 * pixels * SpectralAdapter.Features * d);
        products += 3 * encoder.Depth * ((seen * 3 * d * d) + AfterProjection(seen, seen, d));
        products += 3 * (config.DecoderForm == DecoderForm.Self
            ? (seen * d * e) + ((seen + (tokens / batch)) * 3 * e * e) + AfterProjection(wanted, seen + hidden, e)
            : (seen * d * 2 * e) + (tokens / batch * e * e) + AfterProjection(wanted, seen, e));
        products += 3 * wanted * e * area * encoder.Bands;
        return 2 * batch * products;
    }

    /// <summary>GFLOP/s of libtorch's product of 1,024 x 1,024 matrices, best of a few.</summary>
    internal static double MatmulPeak() => Peak((a, b, _) => a.matmul(b));

    /// <summary>The same of our linear layer, which is not bound to MKL.</summary>
    internal static double DensePeak() => Peak(Dense.Product);

    private static double Peak(Func<Tensor, Tensor, Tensor, Tensor> product)
    {
        const int Side = 1024, Rounds = 8;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (a, b, bias) = (rand(Side, Side), rand(Side, Side), zeros(Side));
        var best = double.PositiveInfinity;
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            product(a, b, bias).Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Side * Side * Side / best / 1e9;
    }

    /// <summary>Multiplications per pixel of the adapter's first layer and of the others.</summary>
    private static (double First, double Others) Adapter(EncoderConfig encoder)
    {
        if (encoder.Adapter == AdapterForm.Full)
            return (encoder.Bands * 256, 256 * SpectralAdapter.Features);
        var one = ((encoder.Bands + 2 - 7) / 5) + 1;
        var two = ((one + 2 - 7) / 5) + 1;
        var three = ((two + 2 - 5) / 3) + 1;
        return (one * 7 * 32, (two * 7 * 32 * 64) + (three * 5 * 64 * SpectralAdapter.Features));
    }

    /// <summary>Attention, its projection and the perceptron.</summary>
    private static double AfterProjection(double queries, double keys, double d) => (2 * queries * keys * d) + (9 * queries * d * d);
}
