using SpectralEarth.Models.Layers;
using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>
/// Classes of whole images by a linear layer on an <see cref="Models.Encoder"/>'s feature: state-dict keys <c>encoder.*</c> and <c>head.*</c>.
/// </summary>
public sealed class ClassificationModel : TaskModel
{
    private readonly Encoder encoder;
    private readonly Dense head;

    /// <param name="config">Shape of the network.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public ClassificationModel(ClassificationConfig config, long seed = 0)
        : base(nameof(ClassificationModel))
    {
        Config = Recipes.RuleBook.Accepted(config);
        var weights = new FirstWeights(seed);
        encoder = Encoder.Create(config.Encoder, weights);
        head = new Dense(encoder.Width, config.Classes);
        weights.Xavier(head);
        RegisterComponents();
    }

    /// <summary>Shape of the network.</summary>
    public ClassificationConfig Config { get; }

    /// <inheritdoc/>
    public override Encoder Encoder => encoder;

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Logits, [B, L].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return head.forward(encoder.forward(input)).to_type(input.dtype).MoveToOuterDisposeScope();
    }
}
