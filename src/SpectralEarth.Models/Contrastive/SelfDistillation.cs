using SpectralEarth.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>Shape of a <see cref="SelfDistillation"/>; defaults are SpectralEarth's but for the copy.</summary>
public record SelfDistillationConfig
{
    /// <summary>Width of the head's two hidden layers.</summary>
    public int HiddenWidth { get; init; } = 2048;
    /// <summary>Width of the head's bottleneck.</summary>
    public int BottleneckWidth { get; init; } = 256;
    /// <summary>Outputs of the head, K.</summary>
    public int Outputs { get; init; } = 128;
    /// <summary>Divides the student's outputs.</summary>
    public double StudentTemperature { get; init; } = 0.1;
    /// <summary>Share of the old centre that is kept in each update.</summary>
    public double CenterMomentum { get; init; } = 0.9;
    /// <summary>What of the teacher begins as a copy of the student: everything in the paper, the encoder only in the reference.</summary>
    public CopiedPart Copied { get; init; } = CopiedPart.Everything;
    /// <summary>How a transformer's weights begin: as MAE's, or as timm's, which are the reference's.</summary>
    public FirstWeightsForm FirstWeights { get; init; } = FirstWeightsForm.Xavier;

    /// <summary>Adds the rules of this shape.</summary>
    public virtual void AddRules(RuleBook rules)
    {
        rules.Require(HiddenWidth > 0, $"hidden_width must be at least 1 but is {HiddenWidth}.");
        rules.Require(BottleneckWidth > 0, $"bottleneck_width must be at least 1 but is {BottleneckWidth}.");
        rules.Require(Outputs > 1, $"outputs must be at least 2 but is {Outputs}.");
        rules.RequirePositive(StudentTemperature, "student_temperature");
        rules.Require(CenterMomentum is >= 0 and < 1, $"center_momentum must lie in [0, 1) but is {CenterMomentum}.");
    }
}

/// <summary>
/// DINO (Caron et al. 2021, algorithm 1): a student learns the outputs of a teacher, which follows it slowly, for other
/// views of the same image.
/// </summary>
public sealed class SelfDistillation : Module
{
    private readonly MomentumPair networks;
    private readonly DistillationLoss loss;

    /// <param name="config">Shape and objective.</param>
    /// <param name="encoder">Shape of the encoder.</param>
    /// <param name="seed">Decides the first weights.</param>
    public SelfDistillation(SelfDistillationConfig config, EncoderConfig encoder, long seed)
        : base(nameof(SelfDistillation))
    {
        networks = new MomentumPair(
            encoder, (width, weights) => new DistillationHead(width, config.HiddenWidth, config.BottleneckWidth, config.Outputs, weights),
            seed, config.Copied, config.FirstWeights);
        loss = new DistillationLoss(config.Outputs, config.StudentTemperature, config.CenterMomentum);
        RegisterComponents();
    }

    /// <summary>Student and teacher.</summary>
    public MomentumPair Networks => networks;

    /// <summary>Has the student learn the teacher's outputs for the global views.</summary>
    /// <param name="global">Global views of each image, each [B, C, H, W]; both networks see them.</param>
    /// <param name="local">Local views, each [B, C, S, S]; the student sees them.</param>
    /// <param name="teacherTemperature">Divides the teacher's outputs.</param>
    /// <returns>Scalar.</returns>
    public Tensor Loss(IReadOnlyList<Tensor> global, IReadOnlyList<Tensor> local, double teacherTemperature)
    {
        using var scope = NewDisposeScope();
        var teacher = stack(global.Select(networks.FollowerOutput));                            // [G, B, K]
        var student = stack([.. global.Select(networks.Online.forward), .. local.Select(networks.Online.Local)]);   // [V, B, K]
        return loss.Of(teacher, student, teacherTemperature).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="DistillationLoss.EndStep"/>
    public void EndStep(bool isUsed) => loss.EndStep(isUsed);

    /// <summary>Sets the gradient of the head's last layer to zero (Caron et al. 2021, appendix C: frozen during the first epoch).</summary>
    public void DropLastLayerGradient()
    {
        foreach (var parameter in ((DistillationHead)networks.Online.Head).LastLayer.parameters())
            parameter.grad?.zero_();
    }
}
