using SpectralEarth.Models.Layers;
using SpectralEarth.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>Shape of a <see cref="SymmetricContrast"/>; defaults are MoCo v3's for a ViT.</summary>
public record SymmetricContrastConfig
{
    /// <summary>Width of the hidden layers of projector (two) and predictor (one).</summary>
    public int HiddenWidth { get; init; } = 4096;
    /// <summary>Width K of a projection.</summary>
    public int OutputWidth { get; init; } = 256;
    /// <summary>Divides the similarities.</summary>
    public double Temperature { get; init; } = 0.2;

    /// <summary>Whether a transformer's token projection keeps its random first weights, which steadies training (Chen, Xie and He 2021, section 4.1).</summary>
    public bool FrozenProjection { get; init; } = true;

    /// <summary>Adds the rules of this shape.</summary>
    public virtual void AddRules(RuleBook rules)
    {
        rules.Require(HiddenWidth > 0, $"hidden_width must be at least 1 but is {HiddenWidth}.");
        rules.Require(OutputWidth > 0, $"output_width must be at least 1 but is {OutputWidth}.");
        rules.RequirePositive(Temperature, "temperature");
    }
}

/// <summary>
/// MoCo v3 (Chen, Xie and He 2021, algorithm 1): no queue, the other keys are those of the same batch; a predictor on the
/// query's side only; either view is query and key in turn.
/// </summary>
public sealed class SymmetricContrast : Module
{
    private readonly SymmetricContrastConfig config;
    private readonly MomentumPair networks;
    private readonly ProjectionHead predictor;

    /// <param name="config">Shape and objective.</param>
    /// <param name="encoder">Shape of the encoder.</param>
    /// <param name="seed">Decides the first weights.</param>
    public SymmetricContrast(SymmetricContrastConfig config, EncoderConfig encoder, long seed)
        : base(nameof(SymmetricContrast))
    {
        this.config = config;
        var (hidden, output) = (config.HiddenWidth, config.OutputWidth);
        networks = new MomentumPair(
            encoder, (width, weights) => new ProjectionHead([width, hidden, hidden, output], weights, affineOutput: false), seed, CopiedPart.Everything);
        if (config.FrozenProjection && networks.Online.Encoder is SpectralViT transformer)
            transformer.Core.FreezeProjection();
        predictor = new ProjectionHead([output, hidden, output], new FirstWeights(seed, "predictor-weights"), affineOutput: false);
        RegisterComponents();
    }

    /// <summary>Query and key networks, projectors included.</summary>
    public MomentumPair Networks => networks;

    /// <summary>Compares two views of each image both ways.</summary>
    /// <param name="first">One view of each image, [B, C, H, W].</param>
    /// <param name="second">Another view, [B, C, H, W].</param>
    /// <returns>Scalar.</returns>
    public Tensor Loss(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        var (k1, k2) = (networks.FollowerOutput(first), networks.FollowerOutput(second));        // [B, K], while no graph is alive
        var q1 = predictor.forward(networks.Online.forward(first));                             // [B, K]
        var q2 = predictor.forward(networks.Online.forward(second));
        var loss = ContrastiveLoss.WithinBatch(q1, k2, config.Temperature) + ContrastiveLoss.WithinBatch(q2, k1, config.Temperature);
        return loss.MoveToOuterDisposeScope();
    }
}
