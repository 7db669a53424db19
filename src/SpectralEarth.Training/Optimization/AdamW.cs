using SpectralEarth.Training.Distributed;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2) on flat buffers; torch's arithmetic.</summary>
/// <param name="parameters">What to train.</param>
/// <param name="betas">Decay rates of the first and second moment, both in [0, 1).</param>
/// <param name="eps">Added to the root of the second moment.</param>
/// <param name="sharing">Ranks that share the buffers; null if each has them all.</param>
internal sealed class AdamW(FlatParameters parameters, (double First, double Second) betas, double eps, RankBatch? sharing = null)
    : FlatOptimizer(parameters, sharing, FirstMoment, SecondMoment)
{
    private const string FirstMoment = "first_moment", SecondMoment = "second_moment";

    private protected override void Update(double learningRate)
    {
        var isProcessor = Parameters.Values.device_type == TorchSharp.DeviceType.CPU;
        foreach (var (group, first, count) in OwnChunks(whole: isProcessor))
        {
            using var scope = NewDisposeScope();
            var rate = learningRate * group.LearningRateScale;
            var factors = new AdamWKernel.Factors(1 - (rate * group.WeightDecay), betas.First, betas.Second,
                Math.Sqrt(1 - Math.Pow(betas.Second, Updates)), eps, rate / (1 - Math.Pow(betas.First, Updates)));
            var value = Parameters.Values.narrow(0, first, count);
            var (mean, square) = (Remembered(FirstMoment, first, count), Remembered(SecondMoment, first, count));
            if (isProcessor)
                AdamWKernel.Update(value, Parameters.Gradients.narrow(0, first, count), Parameters.GradientScale, mean, square, factors);
            else
                Update(value, Parameters.ClippedGradient(first, count), mean, square, factors);
        }
    }

    /// <summary>The same by the tensor library's operations, on any device; oracle of <see cref="AdamWKernel"/>.</summary>
    internal static void Update(Tensor value, Tensor gradient, Tensor mean, Tensor square, AdamWKernel.Factors factors)
    {
        using var scope = NewDisposeScope();
        value.mul_(factors.Kept);
        mean.mul_(factors.Beta1).add_(gradient, 1 - factors.Beta1);
        square.mul_(factors.Beta2).addcmul_(gradient, gradient, 1 - factors.Beta2);
        value.addcdiv_(mean, square.sqrt().div_(factors.Correction).add_(factors.Eps), -factors.Rate);
    }
}
