using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Outcome of an evaluation; metrics.json.</summary>
public sealed record EvaluationResult
{
    /// <summary>Format name, always "spectralearth-evaluation".</summary>
    public string Format { get; init; } = "spectralearth-evaluation";
    /// <summary>Format version.</summary>
    public int FormatVersion { get; init; } = 1;
    /// <summary>Kind of task.</summary>
    public required string Task { get; init; }
    /// <summary>Weights that were scored.</summary>
    public required string Checkpoint { get; init; }
    /// <summary>Data set.</summary>
    public required string Data { get; init; }
    /// <summary>Part of its split.</summary>
    public required string Part { get; init; }
    /// <summary>Where the patches come from, and what they share with the training.</summary>
    public required EvaluatedSplit Split { get; init; }
    /// <summary>Whether predictions were averaged over the eight flips and turns.</summary>
    public required bool TestTimeAugmentation { get; init; }
    /// <summary>Patches scored.</summary>
    public required int Patches { get; init; }
    /// <summary>Scores.</summary>
    public required IScores Test { get; init; }
    /// <summary>95 % confidence intervals by key, from 1,000 draws of the patches.</summary>
    public required IReadOnlyDictionary<string, ScoreInterval> TestIntervals { get; init; }
    /// <summary>What a person should know.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
