using SpectralEarth.Tasks.Features;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>Multinomial logistic regression of standardised numbers (scikit-learn's C = 10).</summary>
internal sealed class LogisticModel : ISampleModel
{
    private Standardization? standard;
    private Tensor? coefficients;    // [F + 1, L]

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        standard = new Standardization(inputs);
        coefficients = LogisticRegression.Fit(WithOne(standard.Apply(inputs)), targets.argmax(1), (int)targets.shape[1]).to_type(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Answers(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return WithOne(standard!.Apply(inputs)).matmul(coefficients!).softmax(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        standard?.Dispose();
        coefficients?.Dispose();
    }

    private static Tensor WithOne(Tensor inputs) => cat([inputs, ones(inputs.shape[0], 1, dtype: inputs.dtype)], 1);
}
