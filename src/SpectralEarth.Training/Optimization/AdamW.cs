using SpectralEarth.Training.Distributed;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2) on flat buffers; torch's arithmetic.</summary>
/// <param name="parameters">What to train.</param>
/// <param name="betas">Decay rates of the first and second moment, both in [0, 1).</param>
/// <param name="eps">Added to the root of the second moment.</param>
/// <param name="sharing">Ranks that share the buffers; null if each has them all.</param>
public sealed class AdamW(FlatParameters parameters, (double First, double Second) betas, double eps, RankBatch? sharing = null)
    : FlatOptimizer(parameters, sharing, FirstMoment, SecondMoment)
{
    private const string FirstMoment = "first_moment", SecondMoment = "second_moment";

    private protected override void Update(double learningRate)
    {
        foreach (var (group, first, count) in OwnChunks())
        {
            using var scope = NewDisposeScope();
            var value = Parameters.Values.narrow(0, first, count);
            var gradient = Parameters.Gradients.narrow(0, first, count);
            var mean = Remembered(FirstMoment, first, count);
            var square = Remembered(SecondMoment, first, count);
            var rate = learningRate * group.LearningRateScale;

            if (group.WeightDecay != 0)
                value.mul_(1 - (rate * group.WeightDecay));
            mean.mul_(betas.First).add_(gradient, 1 - betas.First);
            square.mul_(betas.Second).addcmul_(gradient, gradient, 1 - betas.Second);
            var denominator = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(betas.Second, Updates))).add_(eps);
            value.addcdiv_(mean, denominator, -rate / (1 - Math.Pow(betas.First, Updates)));
        }
    }
}
