using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>A model with the numbers that it looks at, on the patches of a task.</summary>
internal interface IBaseline
{
    /// <summary>Fits the model to the labels of patches.</summary>
    /// <param name="patches">Catalog indices.</param>
    /// <param name="cancel">Stops between batches.</param>
    void Fit(IReadOnlyList<int> patches, CancellationToken cancel);

    /// <summary>Predicts patches beside their labels.</summary>
    IScoreStore Score(IReadOnlyList<int> patches, CancellationToken cancel);

    /// <summary>Adds patches with their labels and predictions to a report.</summary>
    void AddExamples(ReportPage page, IReadOnlyList<int> patches);
}
