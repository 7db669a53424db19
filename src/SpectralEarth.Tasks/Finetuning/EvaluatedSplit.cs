namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Where the patches of an evaluation come from, and what they have in common with those of the training.</summary>
public sealed record EvaluatedSplit
{
    /// <summary>Split file; null if all labelled patches were scored.</summary>
    public required string? File { get; init; }
    /// <summary>What went to a part as a whole: block, scene or patch; file for a split that was not drawn by the run, all for no split.</summary>
    public required string By { get; init; }
    /// <summary>Scenes that the patches come from.</summary>
    public required int Scenes { get; init; }
    /// <summary>Those of them that training patches come from too; null if that is not known any more.</summary>
    public required int? ScenesSharedWithTraining { get; init; }
    /// <summary>Patches that show ground of training patches; null if that is not known any more.</summary>
    public required int? PatchesOnTrainingGround { get; init; }
}
