using System.Text.Json;
using SpectralEarth.Models;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>What a fine-tuning run must remember between steps besides its tensors; stored as JSON in its checkpoints.</summary>
internal sealed record FinetuneNotes
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Checksum of the weights that the run began with.</summary>
    public required string InitialWeights { get; init; }
    /// <summary>Checksum of the split that the run began with.</summary>
    public required string Split { get; init; }
    /// <summary>How images are moved onto the labels.</summary>
    public PixelOffset? LabelOffset { get; init; }
    /// <summary>Evaluations on validation so far.</summary>
    public IReadOnlyList<Evaluation> Evaluations { get; init; } = [];

    /// <summary>The evaluation with the best score, the first of equals; null before the first.</summary>
    public Evaluation? Best(SelectionScore score) => Evaluations.MaxBy(evaluation => evaluation.Merit(score));

    /// <summary>Evaluations since the best one.</summary>
    public int Stale(SelectionScore score) =>
        Best(score) is { } best ? Evaluations.Count(evaluation => evaluation.Step > best.Step) : 0;

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    public static FinetuneNotes FromJson(string json) => JsonSerializer.Deserialize<FinetuneNotes>(json, Options)!;
}

/// <summary>Scores on validation after a number of steps.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Scores">Scores by key; those that are undefined are left out.</param>
public sealed record Evaluation(long Step, IReadOnlyDictionary<string, double> Scores)
{
    /// <summary>The score that decides, the higher the better; an undefined one is the worst.</summary>
    public double Merit(SelectionScore score) => Scores.TryGetValue(KeyNames.Of(score), out var value)
        ? score == SelectionScore.Rmse ? -value : value
        : double.NegativeInfinity;
}
