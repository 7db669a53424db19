using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>A kind of task about whole patches, whatever answers: K numbers for each, of sets of classes their probabilities, else standardised.</summary>
internal interface IPatchKind : ITaskKind
{
    /// <summary>The right answer for a patch, [K]: 1 or 0 for each class, or numbers at mean 0 and deviation 1 of the training patches.</summary>
    double[] Truth(int patch);

    /// <summary>Sets answers, [K] each, beside the labels.</summary>
    IScoreStore Score(IEnumerable<(int Patch, float[] Answer)> answers);

    /// <summary>Adds the first patches with their labels and answers to a report.</summary>
    void AddExamples(ReportPage page, IEnumerable<(int Patch, float[] Answer)> answers);
}
