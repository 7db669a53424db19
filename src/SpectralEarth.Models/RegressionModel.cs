using SpectralEarth.Models.Heads;
using SpectralEarth.Models.Layers;
using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>
/// Numbers for whole images from an <see cref="Models.Encoder"/>'s feature: state-dict keys <c>encoder.*</c> and <c>head.*</c>.
/// </summary>
public sealed class RegressionModel : TaskModel
{
    private readonly Encoder encoder;
    private readonly RegressionHead head;

    /// <param name="config">Shape of the network.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public RegressionModel(RegressionConfig config, long seed = 0)
        : base(nameof(RegressionModel))
    {
        Config = Recipes.RuleBook.Accepted(config);
        var weights = new FirstWeights(seed);
        encoder = Encoder.Create(config.Encoder, weights);
        head = new RegressionHead(encoder.Width, config.Targets, config.Dropout, weights);
        RegisterComponents();
    }

    /// <summary>Shape of the network.</summary>
    public RegressionConfig Config { get; }

    /// <inheritdoc/>
    public override Encoder Encoder => encoder;

    /// <summary>Estimates without dropout, whatever the mode.</summary>
    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Standardised numbers, [B, T].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return head.forward(encoder.forward(input)).MoveToOuterDisposeScope();
    }

    /// <summary>Estimates with dropout, for a training step.</summary>
    /// <param name="images">Normalised images, [B, C, H, W]; at least two, because the head normalises over the batch.</param>
    /// <param name="random">Source of the dropped places, on the CPU; one for each step makes a run repeatable.</param>
    /// <returns>Standardised numbers, [B, T].</returns>
    public Tensor ForwardTraining(Tensor images, Generator random)
    {
        using var scope = NewDisposeScope();
        return head.ForwardTraining(encoder.forward(images), random).MoveToOuterDisposeScope();
    }
}
