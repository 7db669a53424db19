using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>
/// Perceptron between features and contrast (Chen et al. 2020, section 2): linear layers without bias, each followed by
/// batch normalisation, ReLU in between. State-dict keys are the reference's (<c>layers.0.weight</c>, ...).
/// </summary>
internal sealed class ProjectionHead : Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    /// <summary>A head with PyTorch's own first weights.</summary>
    /// <param name="widths">Width of the features, of each hidden layer, and of the output.</param>
    /// <param name="weights">Draws the first weights.</param>
    /// <param name="affineOutput">Whether the last normalisation has a trained scale and shift; MoCo v3's has not.</param>
    internal ProjectionHead(IReadOnlyList<int> widths, FirstWeights weights, bool affineOutput = true)
        : base(nameof(ProjectionHead))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(widths.Count, 2);
        layers = Sequential();
        for (var i = 1; i < widths.Count; i++)
        {
            var isLast = i == widths.Count - 1;
            var linear = Linear(widths[i - 1], widths[i], hasBias: false);
            weights.Convolution(linear.weight, bias: null);
            layers.append(linear).append(new BatchNormalization(widths[i], affine: !isLast || affineOutput));
            if (!isLast)
                layers.append(ReLU());
        }

        RegisterComponents();
    }

    /// <param name="input">Features, [B, D].</param>
    /// <returns>Projections, [B, K].</returns>
    public override Tensor forward(Tensor input) => layers.forward(input);
}
