using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>
/// DINO's head (Caron et al. 2021, appendix C): three linear layers with GELU in between, a bottleneck of length 1, and a
/// last layer whose rows have a fixed length. State-dict keys are the reference's (<c>last_layer.weight_v</c>, ...).
/// </summary>
internal sealed class DistillationHead : Module<Tensor, Tensor>
{
    private readonly Sequential layers;
    private readonly UnitRows last_layer;

    /// <summary>A head with the reference's first weights.</summary>
    /// <param name="width">Width of the features, D.</param>
    /// <param name="hidden">Width of the two hidden layers.</param>
    /// <param name="bottleneck">Width of the bottleneck.</param>
    /// <param name="outputs">Outputs ("prototypes"), K.</param>
    /// <param name="weights">Draws the first weights: normal with deviation 0.02, biases 0; the last layer as PyTorch does.</param>
    internal DistillationHead(int width, int hidden, int bottleneck, int outputs, FirstWeights weights)
        : base(nameof(DistillationHead))
    {
        layers = Sequential(Linear(width, hidden), GELU(), Linear(hidden, hidden), GELU(), Linear(hidden, bottleneck));
        foreach (var linear in layers.children().OfType<Linear>())
            weights.Normal(linear);
        last_layer = new UnitRows(bottleneck, outputs, weights);
        RegisterComponents();
    }

    /// <summary>The layer whose gradient is dropped at first.</summary>
    internal Module LastLayer => last_layer;

    /// <param name="input">Features, [B, D].</param>
    /// <returns>Outputs before temperature and softmax, [B, K].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return last_layer.forward(ContrastiveLoss.Unit(layers.forward(input))).MoveToOuterDisposeScope();
    }

    /// <summary>A linear layer without bias in weight normalisation (Salimans and Kingma 2016), its lengths fixed to 1.</summary>
    private sealed class UnitRows : Module<Tensor, Tensor>
    {
        private readonly Parameter weight_g, weight_v;

        internal UnitRows(int inputs, int outputs, FirstWeights weights)
            : base(nameof(UnitRows))
        {
            weight_g = Parameter(ones(outputs, 1), requires_grad: false);
            weight_v = Parameter(empty(outputs, inputs));
            weights.Convolution(weight_v, bias: null);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var length = weight_v.norm(1, keepdim: true, p: 2);                                 // [K, 1]
            return functional.linear(input, weight_v * (weight_g / length)).MoveToOuterDisposeScope();
        }
    }
}
