using System.Text.Json.Serialization;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>Scores of predicted numbers.</summary>
public sealed record RegressionScores : IScores
{
    /// <summary>Patches counted.</summary>
    public required long Patches { get; init; }
    /// <summary>Root of the mean squared error over all targets together.</summary>
    public required double Rmse { get; init; }
    /// <summary>Mean absolute error over all targets together.</summary>
    public required double MeanAbsoluteError { get; init; }
    /// <summary>Mean over targets of 1 - residual / variance (coefficient of determination); null if no target varies.</summary>
    public required double? R2 { get; init; }
    /// <summary>Mean over targets of MSE / MSE of predicting 0, the score of the Hyperview challenge; null if all values are 0.</summary>
    public required double? ErrorRatio { get; init; }
    /// <summary>Scores of each target.</summary>
    public required IReadOnlyList<TargetScore> PerTarget { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<NamedScore> Summary =>
    [
        new("rmse", "RMSE", Rmse),
        new("r2", "R²", R2),
        new("mean_absolute_error", "Mean absolute error", MeanAbsoluteError),
        new("error_ratio", "MSE / MSE of 0", ErrorRatio),
    ];

    /// <summary>Scores of all targets together.</summary>
    internal static RegressionScores Of(long patches, IReadOnlyList<TargetScore> perTarget) => new()
    {
        Patches = patches,
        Rmse = Math.Sqrt(perTarget.Average(score => score.Rmse * score.Rmse)),
        MeanAbsoluteError = perTarget.Average(score => score.MeanAbsoluteError),
        R2 = perTarget.Average(score => score.R2),
        ErrorRatio = perTarget.Average(score => score.ErrorRatio),
        PerTarget = perTarget,
    };
}

/// <summary>Scores of one target.</summary>
public sealed record TargetScore
{
    /// <summary>Name of the target.</summary>
    public required string Name { get; init; }
    /// <summary>Root of the mean squared error.</summary>
    public required double Rmse { get; init; }
    /// <summary>Mean absolute error.</summary>
    public required double MeanAbsoluteError { get; init; }
    /// <summary>1 - residual / variance; null if the target does not vary.</summary>
    public required double? R2 { get; init; }
    /// <summary>MSE / MSE of predicting 0; null if all values are 0.</summary>
    public required double? ErrorRatio { get; init; }
}
