using SpectralEarth.Models;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Outcome of a fine-tuning run or a baseline; metrics.json.</summary>
public sealed record FinetuneResult
{
    /// <summary>Format name, always "spectralearth-metrics".</summary>
    public string Format { get; init; } = "spectralearth-metrics";
    /// <summary>Format version.</summary>
    public int FormatVersion { get; init; } = 1;
    /// <summary>How the labels were learned: finetune, or the name of a baseline.</summary>
    public string Method { get; init; } = "finetune";
    /// <summary>Steps done; 0 of a baseline.</summary>
    public required long Steps { get; init; }
    /// <summary>Step whose weights are used.</summary>
    public required long BestStep { get; init; }
    /// <summary>Checkpoint that the encoder's weights came from (its architecture only, with random weights).</summary>
    public required string Checkpoint { get; init; }
    /// <summary>Checksum of that checkpoint's weights; empty of a baseline without one.</summary>
    public required string CheckpointChecksum { get; init; }
    /// <summary>"checkpoint" or "random".</summary>
    public required string InitialWeights { get; init; }
    /// <summary>Where images show the ground of the training labels; null if they lie on each other or it was not looked for.</summary>
    public PixelOffset? LabelOffset { get; init; }
    /// <summary>How the ground was divided.</summary>
    public required SplitSummary Split { get; init; }
    /// <summary>Kind of task: segmentation, classification, multi_label, regression.</summary>
    public required string Task { get; init; }
    /// <summary>Scores on the test patches; null if there was no test.</summary>
    public required IScores? Test { get; init; }
    /// <summary>Keys of the scores that models are compared by, those of the task first.</summary>
    public IReadOnlyList<string> Summary => [.. (Test?.Summary ?? Validation?.Summary ?? []).Select(score => score.Key)];
    /// <summary>95 % confidence intervals of the test's scores, by key, from 1,000 draws of its patches.</summary>
    public required IReadOnlyDictionary<string, ScoreInterval> TestIntervals { get; init; }
    /// <summary>Scores of the best constant answer on the same test: the class, the class frequencies or the means of training.</summary>
    public required IScores? Majority { get; init; }
    /// <summary>That answer.</summary>
    public required string MajorityClass { get; init; }
    /// <summary>Scores on the validation patches; null if there were none.</summary>
    public required IScores? Validation { get; init; }
    /// <summary>What a person should know before trusting the numbers.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>Sizes of the parts of a split.</summary>
public sealed record SplitSummary
{
    /// <summary>What went to a part as a whole: block, scene, patch, or file.</summary>
    public required string By { get; init; }
    /// <summary>Side of a block, patches; null if the split is not by blocks.</summary>
    public required int? BlockSize { get; init; }
    /// <summary>Training patches before a share of them was drawn; null if all train.</summary>
    public required int? TrainPatchesBeforeShare { get; init; }
    /// <summary>Scenes that test patches come from.</summary>
    public required int TestScenes { get; init; }
    /// <summary>Those of them that training patches come from too: the test then says nothing about new scenes.</summary>
    public required int TestScenesSharedWithTrain { get; init; }
    /// <summary>How far the classes' shares in the test are from those in training, 0 (equal) to 1 (nothing in common); null without classes or test.</summary>
    public required double? ClassShift { get; init; }
    /// <summary>Patches to train on.</summary>
    public required int TrainPatches { get; init; }
    /// <summary>Patches to choose weights by.</summary>
    public required int ValidationPatches { get; init; }
    /// <summary>Patches to report on.</summary>
    public required int TestPatches { get; init; }
    /// <summary>Locations left out because they overlap two parts.</summary>
    public required int DroppedLocations { get; init; }
    /// <summary>Patches without labels.</summary>
    public required int UnlabelledPatches { get; init; }
    /// <summary>Labelled pixels (of a task about patches: patches) per class in training, in class order; overlapping patches count again.</summary>
    public required IReadOnlyList<long> TrainPixels { get; init; }
    /// <summary>The same in validation.</summary>
    public required IReadOnlyList<long> ValidationPixels { get; init; }
    /// <summary>The same in the test.</summary>
    public required IReadOnlyList<long> TestPixels { get; init; }
}
