using SpectralEarth.Training.Distributed;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// Layer-wise adaptive rate scaling (You et al. 2017, algorithm 1): momentum whose step on each weight matrix is
/// proportional to the matrix's norm, for very large batches. Norms, biases, tokens and positions are not scaled.
/// </summary>
/// <param name="parameters">What to train.</param>
/// <param name="momentum">Share of the last direction that is kept, in [0, 1).</param>
/// <param name="trustCoefficient">Share of its norm by which a matrix changes per step at learning rate 1.</param>
/// <param name="sharing">Ranks that share the buffers; null if each has them all.</param>
internal sealed class Lars(FlatParameters parameters, double momentum, double trustCoefficient, RankBatch? sharing = null)
    : FlatOptimizer(parameters, sharing, Buffer)
{
    private const string Buffer = "momentum";

    private protected override void Update(double learningRate)
    {
        foreach (var place in OwnPlaces())
        {
            using var scope = NewDisposeScope();
            var value = Parameters.Values.narrow(0, place.First, place.Count);
            var gradient = Parameters.ClippedGradient(place.First, place.Count);
            var velocity = Remembered(Buffer, place.First, place.Count);

            var direction = gradient.add(value, place.Group.WeightDecay);
            if (place.IsMatrix)
                direction.mul_(TrustRatio(value.norm(), gradient.norm(), place.Group.WeightDecay));
            velocity.mul_(momentum).add_(direction, learningRate * place.Group.LearningRateScale);
            value.sub_(velocity);
        }
    }

    /// <summary>Equation 6 of the paper; 1 where a norm is zero. A tensor, so that a GPU need not be waited for.</summary>
    private Tensor TrustRatio(Tensor valueNorm, Tensor gradientNorm, double weightDecay)
    {
        var ratio = valueNorm * trustCoefficient / (gradientNorm + (valueNorm * weightDecay));
        return where(valueNorm.gt(0).logical_and(gradientNorm.gt(0)), ratio, ones_like(ratio));
    }
}
