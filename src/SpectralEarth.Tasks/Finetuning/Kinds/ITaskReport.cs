using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>The sections of a report that differ between kinds of tasks.</summary>
internal interface ITaskReport
{
    /// <summary>Scores whose course over the run is drawn, by key.</summary>
    IReadOnlyList<string> Course { get; }

    /// <summary>How the scores come about: per class, or per target.</summary>
    /// <param name="page">Report.</param>
    /// <param name="scored">Predictions of the test, or of another part where there is no test.</param>
    /// <param name="part">Name of the part, for headings: "test".</param>
    void AddScored(ReportPage page, IScoreStore scored, string part);

    /// <summary>What is labelled in the parts of the split.</summary>
    void AddLabels(ReportPage page, SplitSummary split);
}
