using SpectralEarth.Training.Distributed;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>Gradient descent with momentum and weight decay added to the gradient; torch's arithmetic (Sutskever et al. 2013, without dampening).</summary>
/// <param name="parameters">What to train.</param>
/// <param name="momentum">Share of the last direction that is kept, in [0, 1).</param>
/// <param name="sharing">Ranks that share the buffers; null if each has them all.</param>
internal sealed class Sgd(FlatParameters parameters, double momentum, RankBatch? sharing = null) : FlatOptimizer(parameters, sharing, Buffer)
{
    private const string Buffer = "momentum";

    private protected override void Update(double learningRate)
    {
        foreach (var (group, first, count) in OwnChunks())
        {
            using var scope = NewDisposeScope();
            var value = Parameters.Values.narrow(0, first, count);
            var gradient = Parameters.ClippedGradient(first, count);
            var direction = Remembered(Buffer, first, count);

            direction.mul_(momentum).add_(gradient);
            if (group.WeightDecay != 0)
                direction.add_(value, group.WeightDecay);
            value.add_(direction, -learningRate * group.LearningRateScale);
        }
    }
}
