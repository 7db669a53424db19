using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>The sections of a report that differ between kinds of tasks.</summary>
internal interface ITaskReport
{
    /// <summary>Scores whose course over the run is drawn, by key.</summary>
    IReadOnlyList<string> Course { get; }

    /// <summary>How the test's scores come about: per class, or per target.</summary>
    void AddTest(ReportPage page, IScoreStore test);

    /// <summary>What is labelled in the parts of the split.</summary>
    void AddLabels(ReportPage page, SplitSummary split);
}
