using SpectralEarth.Models.Contrastive;
using SpectralEarth.Recipes;
using SpectralEarth.Training.Augmentation;

namespace SpectralEarth.Training.Objectives;

/// <summary>DINO (Caron et al. 2021).</summary>
public sealed record DinoRecipe : SelfDistillationConfig, IRecipePart
{
    /// <summary>Share of the teacher that each update keeps.</summary>
    public MomentumRecipe Momentum { get; init; } = new();
    /// <summary>Divides the teacher's outputs.</summary>
    public TeacherTemperatureRecipe TeacherTemperature { get; init; } = new();
    /// <summary>Epochs at the start in which the head's last layer gets no gradient.</summary>
    public int LastLayerFrozenEpochs { get; init; } = 1;
    /// <summary>Which of the two encoders is kept, exported and fine-tuned.</summary>
    public DinoPart Kept { get; init; } = DinoPart.Student;
    /// <summary>Small views that only the student sees.</summary>
    public LocalViewRecipe LocalViews { get; init; } = new();

    /// <inheritdoc/>
    public override void AddRules(RuleBook rules)
    {
        base.AddRules(rules);
        rules.Include("momentum", Momentum);
        rules.Include("teacher_temperature", TeacherTemperature);
        rules.Require(LastLayerFrozenEpochs >= 0, $"last_layer_frozen_epochs must not be negative but is {LastLayerFrozenEpochs}.");
        rules.Include("local_views", LocalViews);
    }
}

/// <summary>The teacher's temperature by epoch: a straight line, then constant.</summary>
public sealed record TeacherTemperatureRecipe : IRecipePart
{
    /// <summary>Temperature of the first epoch.</summary>
    public double Start { get; init; } = 0.04;
    /// <summary>Temperature of the last epoch of the warm-up and of all that follow.</summary>
    public double End { get; init; } = 0.04;
    /// <summary>Epochs of the warm-up.</summary>
    public int WarmupEpochs { get; init; } = 10;

    /// <summary>Temperature of an epoch, counted from 0.</summary>
    public double At(long epoch) => epoch + 1 >= WarmupEpochs ? End : Start + ((End - Start) * epoch / (WarmupEpochs - 1));

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.RequirePositive(Start, "start");
        rules.RequirePositive(End, "end");
        rules.Require(WarmupEpochs >= 0, $"warmup_epochs must not be negative but is {WarmupEpochs}.");
    }
}

/// <summary>Multi-crop (Caron et al. 2020, section 3.4): small views of a part of the image.</summary>
public sealed record LocalViewRecipe : IRecipePart
{
    /// <summary>Local views of each image; 0 for none.</summary>
    public int Count { get; init; }
    /// <summary>Side of a local view, pixels.</summary>
    public int Size { get; init; } = 48;
    /// <summary>Augmentation of local views.</summary>
    public AugmentationRecipe Augmentation { get; init; } = new() { ResizedCropScale = [0.05, 0.4] };

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(Count >= 0, $"count must not be negative but is {Count}.");
        rules.Require(Size > 0, $"size must be at least 1 but is {Size}.");
        rules.Include("augmentation", Augmentation);
    }
}

/// <summary>One of DINO's two networks.</summary>
public enum DinoPart
{
    /// <summary>The network that is trained.</summary>
    Student,
    /// <summary>The network that follows it.</summary>
    Teacher,
}
