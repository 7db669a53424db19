using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Linear layer, x W^T + b. On processors with AVX-512 it is computed as a convolution of one pixel: libtorch gives matrix
/// products to MKL, which on AMD's processors uses AVX2 only, but convolutions to oneDNN, which uses what there is (about
/// twice as fast on AMD EPYC of 2024, docs/benchmarks.md; on Intel's both are equally fast).
/// </summary>
internal sealed class Dense : Module<Tensor, Tensor>
{
    /// <summary>Libtorch computes smaller convolutions without oneDNN.</summary>
    private const long MostElementsWithoutOneDnn = 20480;

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
        if (!(Avx512F.IsSupported && OneDnn.IsUsed) || input.device_type != DeviceType.CPU || input.dtype != ScalarType.Float32 || input.NumberOfElements <= MostElementsWithoutOneDnn)
            return functional.linear(input, weight, bias);

        using var scope = NewDisposeScope();
        var (outputs, inputs) = (weight.shape[0], weight.shape[1]);
        var image = input.reshape(1, -1, 1, inputs).permute(0, 3, 1, 2);                                 // [1, In, rows, 1], channels last
        // Of a single pixel the dilation changes nothing; without it one thread would not get oneDNN.
        var product = functional.conv2d(image, weight.reshape(outputs, inputs, 1, 1), bias, dilation: [2, 2]);
        return product.permute(0, 2, 3, 1).reshape([.. input.shape.AsSpan(0, input.shape.Length - 1), outputs]).MoveToOuterDisposeScope();
    }
}
