using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Two linear layers with exact GELU between them, applied to each token.</summary>
internal sealed class Perceptron : Module<Tensor, Tensor>
{
    private readonly Linear fc1, fc2;

    internal Perceptron(int width, int hidden, FirstWeights weights)
        : base(nameof(Perceptron))
    {
        (fc1, fc2) = (Linear(width, hidden), Linear(hidden, width));
        weights.Xavier(fc1);
        weights.Xavier(fc2);
        RegisterComponents();
    }

    /// <param name="input">Tokens, [B, N, D].</param>
    /// <returns>Tokens, [B, N, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return MixedPrecision.Linear(functional.gelu(MixedPrecision.Linear(input, fc1)), fc2).MoveToOuterDisposeScope();
    }
}
