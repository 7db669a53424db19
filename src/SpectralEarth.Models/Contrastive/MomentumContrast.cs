using SpectralEarth.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>Shape of a <see cref="MomentumContrast"/>; defaults are SpectralEarth's but for the copy.</summary>
public record MomentumContrastConfig
{
    /// <summary>Width of the head's hidden layer.</summary>
    public int HiddenWidth { get; init; } = 2048;
    /// <summary>Width K of a projection.</summary>
    public int OutputWidth { get; init; } = 128;
    /// <summary>Keys of earlier batches, Q.</summary>
    public int QueueLength { get; init; } = 32768;
    /// <summary>Divides the similarities.</summary>
    public double Temperature { get; init; } = 0.1;
    /// <summary>What of the key network begins as a copy of the query's: everything in the paper, nothing in the reference.</summary>
    public CopiedPart Copied { get; init; } = CopiedPart.Everything;
    /// <summary>How a transformer's weights begin: as MAE's, or as timm's, which are the reference's.</summary>
    public FirstWeightsForm FirstWeights { get; init; } = FirstWeightsForm.Xavier;

    /// <summary>Adds the rules of this shape.</summary>
    public virtual void AddRules(RuleBook rules)
    {
        rules.Require(HiddenWidth > 0, $"hidden_width must be at least 1 but is {HiddenWidth}.");
        rules.Require(OutputWidth > 0, $"output_width must be at least 1 but is {OutputWidth}.");
        rules.Require(QueueLength > 0, $"queue_length must be at least 1 but is {QueueLength}.");
        rules.RequirePositive(Temperature, "temperature");
    }
}

/// <summary>
/// MoCo v2 (He et al. 2020, algorithm 1; Chen et al. 2020): an encoder learns to tell another view of an image from images
/// of earlier batches, whose keys come from a network that follows it slowly.
/// </summary>
public sealed class MomentumContrast : Module
{
    private readonly MomentumContrastConfig config;
    private readonly MomentumPair networks;
    private readonly KeyQueue queue;
    private readonly PartResults newKeys = new();       // by part of the step's batch, [B, K] each

    /// <param name="config">Shape and objective.</param>
    /// <param name="encoder">Shape of the encoder.</param>
    /// <param name="seed">Decides the first weights and keys.</param>
    public MomentumContrast(MomentumContrastConfig config, EncoderConfig encoder, long seed)
        : base(nameof(MomentumContrast))
    {
        this.config = config;
        networks = new MomentumPair(
            encoder, (width, weights) => new ProjectionHead([width, config.HiddenWidth, config.OutputWidth], weights), seed, config.Copied, config.FirstWeights);
        queue = new KeyQueue(config.QueueLength, config.OutputWidth, seed);
        RegisterComponents();
    }

    /// <summary>Query and key networks.</summary>
    public MomentumPair Networks => networks;

    /// <summary>Keys of earlier batches.</summary>
    public KeyQueue Queue => queue;

    /// <summary>Compares two views of each image. The new keys enter the queue when the step ends, see <see cref="EndStep"/>.</summary>
    /// <param name="query">One view of each image, [B, C, H, W].</param>
    /// <param name="key">Another view, [B, C, H, W].</param>
    /// <returns>Scalar.</returns>
    public Tensor Loss(Tensor query, Tensor key)
    {
        using var scope = NewDisposeScope();
        var k = networks.FollowerOutput(key);                                                   // [B, K], while no graph is alive
        var q = networks.Online.forward(query);                                                 // [B, K]
        newKeys.Add(SharedBatch.Current?.Gather(k) ?? k);
        return ContrastiveLoss.AgainstQueue(q, k, queue.Keys, config.Temperature).MoveToOuterDisposeScope();
    }

    /// <summary>Puts the step's keys into the queue, those of all parts of its batch: never before, lest an image meet keys of its own batch.</summary>
    /// <param name="isUsed">False if the step was skipped: the queue stays, the keys are forgotten.</param>
    public void EndStep(bool isUsed)
    {
        using var scope = NewDisposeScope();
        if (isUsed)
            queue.Enqueue(newKeys.Joined());
        newKeys.Clear();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        newKeys.Dispose();
        base.Dispose(disposing);
    }
}
