using System.Text.Json.Serialization;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>Scores of predictions against labels, whatever the kind of task.</summary>
[JsonDerivedType(typeof(ConfusionScores))]
[JsonDerivedType(typeof(MultiLabelScores))]
[JsonDerivedType(typeof(RegressionScores))]
public interface IScores
{
    /// <summary>The scores that models are compared by, always in the same order.</summary>
    IReadOnlyList<NamedScore> Summary { get; }
}

/// <summary>One score of a summary.</summary>
/// <param name="Key">Name in recipes and files, for example "macro_f1".</param>
/// <param name="Title">Name for people.</param>
/// <param name="Value">The score; null where it is undefined.</param>
public sealed record NamedScore(string Key, string Title, double? Value);

/// <summary>
/// What was predicted for each patch of a test, in a form that gives the scores of all patches or of any resampling of
/// them without predicting again.
/// </summary>
public interface IScoreStore
{
    /// <summary>Number of patches N.</summary>
    int Patches { get; }

    /// <summary>Scores with each patch counted some number of times; null if nothing that counts has a label.</summary>
    /// <param name="times">How often each patch counts, [N].</param>
    IScores? ScoresOf(ReadOnlySpan<int> times);

    /// <summary>Scores of all patches; null if none has a label.</summary>
    IScores? All()
    {
        var once = new int[Patches];
        Array.Fill(once, 1);
        return ScoresOf(once);
    }
}

/// <summary>A store of K numbers for each patch.</summary>
public interface IPatchEstimates : IScoreStore
{
    /// <summary>What the numbers are of: classes or targets, [K].</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Labels and estimates of the patches in the order in which they were added, [K] each; of classes 1 or 0 beside the probability.</summary>
    IEnumerable<(double[] Labels, double[] Estimates)> Rows { get; }
}
