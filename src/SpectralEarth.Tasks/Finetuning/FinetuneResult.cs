using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Outcome of a fine-tuning run; metrics.json.</summary>
public sealed record FinetuneResult
{
    /// <summary>Format name, always "spectralearth-metrics".</summary>
    public string Format { get; init; } = "spectralearth-metrics";
    /// <summary>Format version.</summary>
    public int FormatVersion { get; init; } = 1;
    /// <summary>Steps done.</summary>
    public required long Steps { get; init; }
    /// <summary>Step whose weights are used.</summary>
    public required long BestStep { get; init; }
    /// <summary>Checkpoint that the encoder's weights came from (its architecture only, with random weights).</summary>
    public required string Checkpoint { get; init; }
    /// <summary>"checkpoint" or "random".</summary>
    public required string InitialWeights { get; init; }
    /// <summary>How the ground was divided.</summary>
    public required SplitSummary Split { get; init; }
    /// <summary>Scores on the test patches; null if there was no test.</summary>
    public required SegmentationScores? Test { get; init; }
    /// <summary>Scores of a map that shows only the class most frequent in training, on the same test pixels.</summary>
    public required SegmentationScores? Majority { get; init; }
    /// <summary>Name of that class.</summary>
    public required string MajorityClass { get; init; }
    /// <summary>Scores on the validation patches; null if there were none.</summary>
    public required SegmentationScores? Validation { get; init; }
    /// <summary>What a person should know before trusting the numbers.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>Sizes of the parts of a split.</summary>
public sealed record SplitSummary
{
    /// <summary>Side of a block, patches; null for a split from a file.</summary>
    public required int? BlockSize { get; init; }
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
    /// <summary>Labelled pixels per class in training, in class order; overlapping patches count again.</summary>
    public required IReadOnlyList<long> TrainPixels { get; init; }
    /// <summary>The same in validation.</summary>
    public required IReadOnlyList<long> ValidationPixels { get; init; }
    /// <summary>The same in the test.</summary>
    public required IReadOnlyList<long> TestPixels { get; init; }
}
