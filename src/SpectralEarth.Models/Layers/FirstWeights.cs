using SpectralEarth.Randomness;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Layers;

/// <summary>Draws the first values of weights; the seed and the order of calls decide them, nothing global does.</summary>
/// <param name="seed">Seed of the run.</param>
/// <param name="purpose">Tells networks of one run apart.</param>
/// <param name="form">How transformers begin.</param>
internal sealed class FirstWeights(long seed, string purpose = "weights", FirstWeightsForm form = FirstWeightsForm.Xavier)
{
    private SeededRandom random = new(seed, purpose);

    /// <summary>Xavier uniform weight (Glorot and Bengio 2010, equation 16), rows times the rest; bias 0.</summary>
    internal void Xavier(Tensor weight, Tensor? bias)
    {
        var fans = weight.shape[0] + (weight.NumberOfElements / weight.shape[0]);
        Uniform(weight, Math.Sqrt(6.0 / fans));
        if (bias is not null)
            Uniform(bias, 0);
    }

    /// <inheritdoc cref="Xavier(Tensor, Tensor)"/>
    internal void Xavier(Dense layer) => Xavier(layer.weight, layer.bias);

    /// <summary>Linear layer of a transformer's block; bias 0.</summary>
    internal void BlockLayer(Dense layer)
    {
        if (form == FirstWeightsForm.Xavier)
            Xavier(layer);
        else
            Normal(layer.weight, layer.bias);
    }

    /// <summary>Projection of a token's pixels.</summary>
    internal void TokenProjection(Tensor weight, Tensor bias)
    {
        if (form == FirstWeightsForm.Xavier)
            Xavier(weight, bias);
        else
            Convolution(weight, bias);
    }

    /// <summary>A transformer's class token.</summary>
    internal void ClassToken(Tensor token) => Normal(token, form == FirstWeightsForm.Xavier ? 0.02 : 1e-6);

    /// <summary>PyTorch's own start of a convolution: uniform in ±1/sqrt(fan in), bias too.</summary>
    internal void Convolution(Tensor weight, Tensor? bias)
    {
        var limit = 1 / Math.Sqrt((double)weight.NumberOfElements / weight.shape[0]);
        Uniform(weight, limit);
        if (bias is not null)
            Uniform(bias, limit);
    }

    /// <summary>Normal weights of a convolution before a ReLU, by its fan out (He et al. 2015, section 2.2), as timm's ResNets begin.</summary>
    internal void Kaiming(Tensor weight) => Normal(weight, Math.Sqrt(2.0 * weight.shape[1] / weight.NumberOfElements));

    /// <summary>Normal values with standard deviation 0.02: mask tokens (He et al. 2022, appendix A.1), learned positions.</summary>
    internal void Token(Tensor token) => Normal(token, 0.02);

    private void Normal(Tensor values, double deviation)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = Next();
        values.normal_(0, deviation, generator);
    }

    /// <summary>Normal weight with standard deviation 0.02, bias 0: the linear layers of DINO's head.</summary>
    internal void Normal(Linear layer) => Normal(layer.weight, layer.bias!);

    private void Normal(Tensor weight, Tensor bias)
    {
        Token(weight);
        Uniform(bias, 0);
    }

    private void Uniform(Tensor values, double limit)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = Next();
        values.uniform_(-limit, limit, generator);
    }

    private Generator Next() => new((ulong)random.NextSeed());
}
