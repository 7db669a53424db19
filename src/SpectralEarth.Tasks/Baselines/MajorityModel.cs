using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>The shares of the classes in training, or the means of the numbers, whatever the sample.</summary>
internal sealed class MajorityModel : ISampleModel
{
    private Tensor? means;    // [1, K]

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        means = targets.mean([0], keepdim: true).to_type(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Answers(Tensor inputs) => means!.expand(inputs.shape[0], -1);

    /// <inheritdoc/>
    public void Dispose() => means?.Dispose();
}
