using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Two linear layers with exact GELU between them, applied to each token.</summary>
internal sealed class Perceptron : Module<Tensor, Tensor>
{
    private readonly Dense fc1, fc2;

    internal Perceptron(int width, int hidden, FirstWeights weights)
        : base(nameof(Perceptron))
    {
        (fc1, fc2) = (new(width, hidden), new(hidden, width));
        weights.BlockLayer(fc1);
        weights.BlockLayer(fc2);
        RegisterComponents();
    }

    /// <param name="input">Tokens, [B, N, D].</param>
    /// <returns>Tokens, [B, N, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return fc2.forward(functional.gelu(fc1.forward(input))).MoveToOuterDisposeScope();
    }
}
