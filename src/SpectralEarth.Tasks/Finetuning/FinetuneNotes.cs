using System.Text.Json;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>What a fine-tuning run must remember between steps besides its tensors; stored as JSON in its checkpoints.</summary>
internal sealed record FinetuneNotes
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Checksum of the weights that the run began with.</summary>
    public required string InitialWeights { get; init; }
    /// <summary>Checksum of the split that the run began with.</summary>
    public required string Split { get; init; }
    /// <summary>Evaluations on validation so far.</summary>
    public IReadOnlyList<Evaluation> Evaluations { get; init; } = [];

    /// <summary>The evaluation with the best score, the first of equals; null before the first.</summary>
    public Evaluation? Best(SelectionScore score) => Evaluations.MaxBy(evaluation => evaluation.Score(score));

    /// <summary>Evaluations since the best one.</summary>
    public int Stale(SelectionScore score) =>
        Best(score) is { } best ? Evaluations.Count(evaluation => evaluation.Step > best.Step) : 0;

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    public static FinetuneNotes FromJson(string json) => JsonSerializer.Deserialize<FinetuneNotes>(json, Options)!;
}

/// <summary>Scores on validation after a number of steps.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="OverallAccuracy">Share of pixels that are right.</param>
/// <param name="MacroF1">Mean F1 over the classes that occur.</param>
/// <param name="MeanIou">Mean IoU over the classes that occur.</param>
public sealed record Evaluation(long Step, double OverallAccuracy, double MacroF1, double MeanIou)
{
    /// <summary>The score that decides.</summary>
    public double Score(SelectionScore score) => score switch
    {
        SelectionScore.MacroF1 => MacroF1,
        SelectionScore.MeanIou => MeanIou,
        SelectionScore.OverallAccuracy => OverallAccuracy,
        _ => throw new ArgumentOutOfRangeException(nameof(score), score, "There is no such score."),
    };
}
