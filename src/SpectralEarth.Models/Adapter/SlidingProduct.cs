using SpectralEarth.Models.Products;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// A convolution along the spectrum as a few matrix products on slices of [M, L * In], without copying windows:
/// neighbouring outputs are made together by one banded matrix.
/// </summary>
internal sealed class SlidingProduct
{
    private readonly long inputs, outputs, taps, stride, together, padding;
    private readonly Block[] blocks;

    /// <param name="inputs">Channels per input position.</param>
    /// <param name="outputs">Channels per output position.</param>
    /// <param name="taps">Kernel length in positions.</param>
    /// <param name="stride">Step between windows in positions.</param>
    /// <param name="length">Input positions L.</param>
    /// <param name="used">Output positions to compute, from the first on.</param>
    /// <param name="together">Output positions made by one product.</param>
    /// <param name="padding">Positions of zeros at both ends.</param>
    internal SlidingProduct(long inputs, long outputs, long taps, long stride, long length, long used, long together, long padding)
    {
        (this.inputs, this.outputs, this.taps, this.stride, this.together, this.padding) = (inputs, outputs, taps, stride, together, padding);
        (Length, Used) = (length, used);
        blocks = [.. Enumerable.Range(0, (int)((used + together - 1) / together)).Select(i => MakeBlock(i * together))];
    }

    /// <summary>A product of every pixel's features with one matrix: a convolution of a single position.</summary>
    internal static SlidingProduct Pointwise(long inputs, long outputs) =>
        new(inputs, outputs, taps: 1, stride: 1, length: 1, used: 1, together: 1, padding: 0);

    /// <summary>Input positions.</summary>
    internal long Length { get; }

    /// <summary>Output positions.</summary>
    internal long Used { get; }

    /// <summary>Rows of a kernel matrix: taps times inputs.</summary>
    internal long Rows => taps * inputs;

    /// <summary>Kernel [Out, In, K, 1, 1] as a matrix [K * In, Out].</summary>
    internal static Tensor ToMatrix(Tensor kernel) => kernel.flatten(2).permute(2, 1, 0).reshape(-1, kernel.shape[0]);

    /// <summary>Kernel matrix [K * In, Out] repeated along the diagonal, so that one product makes several positions.</summary>
    internal Tensor ToBand(Tensor matrix)
    {
        if (together == 1)
            return matrix.alias();
        using var scope = NewDisposeScope();
        var band = matrix.new_zeros([BandRows, together * outputs]);
        for (var i = 0L; i < together; i++)
            Diagonal(band, i).copy_(matrix);
        return band.MoveToOuterDisposeScope();
    }

    /// <summary>Adjoint of <see cref="ToBand"/>: gradient of the band to gradient of the matrix.</summary>
    internal Tensor FromBand(Tensor band)
    {
        if (together == 1)
            return band.alias();
        using var scope = NewDisposeScope();
        var matrix = band.new_zeros([Rows, outputs]);
        for (var i = 0L; i < together; i++)
            matrix.add_(Diagonal(band, i));
        return matrix.MoveToOuterDisposeScope();
    }

    /// <summary>Zeros of the shape of a band's gradient.</summary>
    internal Tensor NewBand(Tensor like) => like.new_zeros([BandRows, together * outputs]);

    /// <summary>result = convolution of input; [M, L * In] to [M, Used * Out].</summary>
    internal void Apply(Tensor input, Tensor band, Tensor result)
    {
        using var scope = NewDisposeScope();
        foreach (var block in blocks)
            MatrixProduct.Into(block.Out(result), block.In(input), block.Of(band), add: false);
    }

    /// <summary>gradientOfBand += input^T gradient.</summary>
    internal void AddWeightGradient(Tensor input, Tensor gradient, Tensor gradientOfBand)
    {
        using var scope = NewDisposeScope();
        foreach (var block in blocks)
            MatrixProduct.Into(block.Of(gradientOfBand), block.In(input).t(), block.Out(gradient), add: true);
    }

    /// <summary>gradientOfInput = adjoint convolution of gradient; [M, Used * Out] to [M, L * In].</summary>
    internal void InputGradient(Tensor gradient, Tensor band, Tensor gradientOfInput)
    {
        using var scope = NewDisposeScope();
        gradientOfInput.zero_();
        foreach (var block in blocks)
            MatrixProduct.Into(block.In(gradientOfInput), block.Out(gradient), block.Of(band).t(), add: true);
    }

    private long BandRows => ((stride * (together - 1)) + taps) * inputs;

    private Tensor Diagonal(Tensor band, long i) =>
        band.narrow(0, i * stride * inputs, Rows).narrow(1, i * outputs, outputs);

    private Block MakeBlock(long first)
    {
        var count = Math.Min(together, Used - first);
        var begin = (first * stride) - padding;
        var end = begin + (stride * (count - 1)) + taps;
        var (from, to) = (Math.Max(begin, 0), Math.Min(end, Length));
        return new Block(from * inputs, (to - from) * inputs, (from - begin) * inputs, first * outputs, count * outputs);
    }

    /// <summary>Columns of the input, rows of the band and columns of the output that one product uses.</summary>
    private readonly record struct Block(long From, long Width, long Row, long To, long Count)
    {
        internal Tensor In(Tensor input) => input.narrow(1, From, Width);

        internal Tensor Out(Tensor output) => output.narrow(1, To, Count);

        internal Tensor Of(Tensor band) => band.narrow(0, Row, Width).narrow(1, 0, Count);
    }
}
