using SpectralEarth.Models.Products;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Linear layer, x W^T + b.</summary>
internal sealed class Dense : Module<Tensor, Tensor>
{
    internal readonly Parameter weight, bias;

    /// <summary>A layer whose weights the caller draws.</summary>
    internal Dense(int inputs, int outputs)
        : base(nameof(Linear))
    {
        (weight, bias) = (Parameter(empty(outputs, inputs)), Parameter(empty(outputs)));
        RegisterComponents();
    }

    /// <param name="input">[..., In].</param>
    /// <returns>[..., Out].</returns>
    public override Tensor forward(Tensor input) => Product(input, weight, bias);

    /// <summary>Rows of any tensor through a linear layer.</summary>
    /// <param name="input">[..., In].</param>
    /// <param name="weight">[Out, In].</param>
    /// <param name="bias">[Out].</param>
    /// <returns>[..., Out], in the number type of the product.</returns>
    internal static Tensor Product(Tensor input, Tensor weight, Tensor bias)
    {
        if (MixedPrecision.Current == Precision.Bfloat16)
            return MixedPrecision.Product(input, weight, bias);
        return MatrixProduct.Suits(input) ? LinearProduct.Apply(input, weight, bias) : functional.linear(input, weight, bias);
    }
}
