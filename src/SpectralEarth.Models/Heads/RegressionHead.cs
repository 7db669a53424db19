using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>
/// The reference's regression head: batch normalisation, then linear layers to 2048, 1024 and the targets, with ReLU and dropout between.
/// State-dict keys are the places in the reference's sequence (<c>0</c>, <c>1</c>, <c>4</c>, <c>7</c>).
/// </summary>
internal sealed class RegressionHead : Module<Tensor, Tensor>
{
    private const int FirstHidden = 2048, SecondHidden = 1024;

    private readonly BatchNorm1d norm;
    private readonly Dense first, second, last;
    private readonly double dropout;

    internal RegressionHead(int inputs, int targets, double dropout, FirstWeights weights)
        : base(nameof(RegressionHead))
    {
        this.dropout = dropout;
        norm = BatchNorm1d(inputs);
        (first, second, last) = (new(inputs, FirstHidden), new(FirstHidden, SecondHidden), new(SecondHidden, targets));
        foreach (var layer in new[] { first, second, last })
            weights.Xavier(layer);
        RegisterComponents();
    }

    /// <summary>Without dropout.</summary>
    /// <param name="input">Features, [B, D].</param>
    /// <returns>Targets, [B, T].</returns>
    public override Tensor forward(Tensor input) => ForwardTraining(input, random: null);

    /// <summary>With dropout by masks drawn from <paramref name="random"/>, unless that is null.</summary>
    internal Tensor ForwardTraining(Tensor input, Generator? random)
    {
        using var scope = NewDisposeScope();
        var x = norm.forward(input);                                                     // [B, D]
        x = Drop(functional.relu(first.forward(x)), random);                             // [B, 2048]
        x = Drop(functional.relu(second.forward(x)), random);                            // [B, 1024]
        return last.forward(x).to_type(input.dtype).MoveToOuterDisposeScope();           // [B, T]
    }

    /// <inheritdoc/>
    protected override void RegisterComponents()
    {
        if (named_children().Any())
            return;
        register_module("0", norm);
        register_module("1", first);
        register_module("4", second);
        register_module("7", last);
    }

    /// <summary>Dropout (Srivastava et al. 2014). Torch's own draws from the global generator, so that no run could be repeated.</summary>
    private Tensor Drop(Tensor values, Generator? random)
    {
        if (random is null || dropout == 0)
            return values;
        var kept = rand(values.shape, generator: random).ge(dropout).to(values.device);
        return values * kept / (1 - dropout);
    }
}
