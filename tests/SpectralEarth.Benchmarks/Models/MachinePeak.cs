using System.Diagnostics;
using SpectralEarth.Models.Layers;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Models;

/// <summary>What the machine reaches in large products of matrices.</summary>
internal static class MachinePeak
{
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
}
