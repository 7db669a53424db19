using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>Sets of classes by a model for each class, which tells samples that have it from those that have not.</summary>
/// <param name="ofTwo">Makes a model of two classes.</param>
internal sealed class PerClassModel(Func<ISampleModel> ofTwo) : ISampleModel
{
    private readonly List<ISampleModel> models = [];

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor targets)
    {
        for (var label = 0L; label < targets.shape[1]; label++)
        {
            using var scope = NewDisposeScope();
            var present = targets.narrow(1, label, 1);
            models.Add(ofTwo());
            models[^1].Fit(inputs, cat([1 - present, present], 1));
        }
    }

    /// <inheritdoc/>
    public Tensor Answers(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return cat([.. models.Select(model => model.Answers(inputs).narrow(1, 1, 1))], 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => models.ForEach(model => model.Dispose());
}
