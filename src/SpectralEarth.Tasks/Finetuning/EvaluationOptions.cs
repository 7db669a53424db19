using SpectralEarth.Training;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>What to score, and how.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Name for all labelled patches, whatever a split says.</summary>
    public const string AllParts = "all";

    /// <summary>Parts that can be scored.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["test", "validation", "train", AllParts];

    /// <summary>Part of the split.</summary>
    public string Part { get; init; } = Parts[0];
    /// <summary>
    /// Split; a relative path is looked for in the data set's folder, then in the working folder. Null takes the split of the checkpoint's run if
    /// it is one of this data set, else the data set's split.csv.
    /// </summary>
    public string? SplitFile { get; init; }
    /// <summary>Folder for report and scores; null writes nothing.</summary>
    public string? OutPath { get; init; }
    /// <summary>
    /// Whether to average over the eight flips and turns (eight times the work); null for what the run's recipe says, which a file outside a
    /// run has by default.
    /// </summary>
    public bool? TestTimeAugmentation { get; init; }
    /// <summary>Where the network runs.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>Returns these options if they go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public EvaluationOptions Validated() => Part != AllParts || SplitFile is null
        ? this
        : throw new ArgumentException($"--part {AllParts} takes all labelled patches, whatever the split {SplitFile} says. Leave --split out, or name a part.");
}
