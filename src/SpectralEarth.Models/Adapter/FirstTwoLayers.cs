using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// First convolution with its normalisation folded in, ReLU, second convolution. The wide result of the first layer
/// exists for one chunk of pixels at a time and is made again in the backward pass.
/// </summary>
internal sealed class FirstTwoLayers : GradientFunction<FirstTwoLayers>
{
    /// <inheritdoc/>
    public override string Name => nameof(FirstTwoLayers);

    /// <param name="spectra">[M, C].</param>
    /// <param name="kernel">Folded first kernel as a matrix, [7, 32].</param>
    /// <param name="shift">Folded first shift, [32].</param>
    /// <param name="next">Second kernel as a matrix, [7 * 32, 64].</param>
    /// <param name="shape">Products of both layers.</param>
    /// <returns>Second convolution without bias, [M, L2 * 64].</returns>
    internal static Tensor Apply(Tensor spectra, Tensor kernel, Tensor shift, Tensor next, AdapterShape shape) =>
        Run(spectra, kernel, shift, next, shape);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (spectra, kernel, shift, next) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3]);
        var shape = (AdapterShape)vars[4];
        ctx.save_for_backward([spectra, kernel, shift, next]);
        ctx.save_data(nameof(shape), shape);
        var result = spectra.new_empty([spectra.shape[0], shape.Second.Used * next.shape[1]]);
        using var scope = NewDisposeScope();
        var band = shape.First.ToBand(kernel);
        PixelChunks.ForEach(spectra, (first, count) =>
            shape.Second.Apply(Hidden(spectra.narrow(0, first, count), band, shift, shape), next, result.narrow(0, first, count)));

        return result;
    }

    /// <inheritdoc/>
    protected override List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var shape = (AdapterShape)ctx.get_data("shape");
        var saved = ctx.get_saved_variables();
        var (spectra, kernel, shift, next, given) = (saved[0], saved[1], saved[2], saved[3], grad_output.contiguous());
        var band = shape.First.ToBand(kernel);
        var sums = PixelChunks.Sums(spectra, () => [shape.First.NewBand(kernel), zeros_like(shift), zeros_like(next)], (part, first, count) =>
        {
            var (toBand, partOfShift, partOfNext) = (part[0], part[1], part[2]);
            var (input, outer) = (spectra.narrow(0, first, count), given.narrow(0, first, count));
            var hidden = Hidden(input, band, shift, shape);
            shape.Second.AddWeightGradient(hidden, outer, partOfNext);
            var toHidden = empty_like(hidden);
            shape.Second.InputGradient(outer, next, toHidden);
            toHidden.mul_(hidden.sign_());
            shape.First.AddWeightGradient(input, toHidden, toBand);
            partOfShift.add_(toHidden.view(-1, shift.shape[0]).sum([0]));
        });

        var (toKernel, toShift, toNext) = (shape.First.FromBand(sums[0]), sums[1], sums[2]);
        return [null!, toKernel.MoveToOuterDisposeScope(), toShift.MoveToOuterDisposeScope(), toNext.MoveToOuterDisposeScope(), null!];
    }

    private static Tensor Hidden(Tensor spectra, Tensor band, Tensor shift, AdapterShape shape)
    {
        var hidden = spectra.new_empty([spectra.shape[0], shape.First.Used * shift.shape[0]]);
        shape.First.Apply(spectra, band, hidden);
        hidden.view(-1, shift.shape[0]).add_(shift).relu_();
        return hidden;
    }
}
