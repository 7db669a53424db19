using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>The shares of the classes in training, whatever the pixel.</summary>
internal sealed class MajorityModel : IPixelModel
{
    private Tensor? shares;    // [1, L]

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor labels, int classes)
    {
        using var scope = NewDisposeScope();
        shares = nn.functional.one_hot(labels, classes).to_type(ScalarType.Float32).mean([0], keepdim: true).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Probabilities(Tensor inputs) => shares!.expand(inputs.shape[0], -1);

    /// <inheritdoc/>
    public void Dispose() => shares?.Dispose();
}
