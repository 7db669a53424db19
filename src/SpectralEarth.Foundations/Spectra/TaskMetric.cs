namespace SpectralEarth.Spectra;

/// <summary>Scores of tasks.</summary>
public enum TaskMetric
{
    /// <summary>Share of right pixels.</summary>
    OverallAccuracy,
    /// <summary>Mean over classes of the share of right pixels.</summary>
    AverageAccuracy,
    /// <summary>Mean over classes of intersection over union.</summary>
    MeanIou,
    /// <summary>Intersection over union of all pixels together.</summary>
    MicroIou,
    /// <summary>F1 of all decisions together.</summary>
    MicroF1,
    /// <summary>Mean over classes of F1.</summary>
    MacroF1,
    /// <summary>Average precision of all decisions together.</summary>
    MicroAveragePrecision,
    /// <summary>Mean over classes of average precision.</summary>
    MacroAveragePrecision,
    /// <summary>Root of the mean squared error.</summary>
    Rmse,
}
