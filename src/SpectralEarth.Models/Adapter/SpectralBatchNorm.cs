using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015, algorithm 1) over pixels and spectral positions, with the
/// reference's names: <c>weight</c>, <c>bias</c>, <c>running_mean</c>, <c>running_var</c>, <c>num_batches_tracked</c>.
/// </summary>
internal sealed class SpectralBatchNorm : Module<Tensor, Tensor>
{
    internal const double Epsilon = 1e-5;
    internal const double Momentum = 0.1;

    internal readonly Parameter weight, bias;
    internal readonly Tensor running_mean, running_var, num_batches_tracked;

    internal SpectralBatchNorm(int channels)
        : base("BatchNorm3d")
    {
        (weight, bias) = (Parameter(ones(channels)), Parameter(zeros(channels)));
        (running_mean, running_var, num_batches_tracked) = (zeros(channels), ones(channels), zeros([], int64));
        RegisterComponents();
    }

    /// <summary>Plain form: [M, L, C] to [M, L, C].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        if (training)
            num_batches_tracked.add_(1);
        return functional.batch_norm(input.transpose(1, 2), running_mean, running_var, weight, bias, training, Momentum, Epsilon)
            .transpose(1, 2).MoveToOuterDisposeScope();
    }
}
