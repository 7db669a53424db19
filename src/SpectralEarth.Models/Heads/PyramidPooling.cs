using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>
/// Means over a pyramid of coarse cells beside each pixel's own features (Zhao et al. 2017, PSPNet, section 3.2). The pooled branches have no
/// batch normalisation: the one cell of a single image has no statistics.
/// </summary>
internal sealed class PyramidPooling : Module<Tensor, Tensor>
{
    private static readonly IReadOnlyList<int> Cells = SegmentationConfig.PoolingCells;

    private readonly ModuleList<Conv2d> branches;
    private readonly ConvNormRelu join;

    internal PyramidPooling(int inputs, int width, FirstWeights weights)
        : base(nameof(PyramidPooling))
    {
        branches = new ModuleList<Conv2d>([.. Cells.Select(_ => SeededConv.Create(inputs, width, 1, bias: true, weights))]);
        join = new ConvNormRelu(inputs + (Cells.Count * width), width, 3, weights);
        RegisterComponents();
    }

    /// <param name="input">[B, In, h, w].</param>
    /// <returns>[B, width, h, w].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var all = new List<Tensor> { input };
        foreach (var (branch, cells) in branches.Zip(Cells))
        {
            var pooled = functional.relu(branch.forward(functional.adaptive_avg_pool2d(input, cells)));              // [B, width, cells, cells]
            all.Add(functional.interpolate(pooled, input.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false));
        }

        return join.forward(cat(all, 1)).MoveToOuterDisposeScope();
    }
}
