namespace SpectralEarth.Tasks.Baselines;

/// <summary>Rivals of fine-tuning that train no network.</summary>
public enum BaselineMethod
{
    /// <summary>The class that is most frequent in training, everywhere.</summary>
    Majority,
    /// <summary>Logistic regression of each pixel's spectrum.</summary>
    LogisticRegression,
    /// <summary>Random forest of 100 trees on each pixel's spectrum.</summary>
    RandomForest,
    /// <summary>Nearest neighbours of the frozen encoder's features.</summary>
    NearestNeighbours,
    /// <summary>Logistic regression of the frozen encoder's features.</summary>
    LinearProbe,
}

/// <summary>What the methods need.</summary>
public static class BaselineMethods
{
    /// <summary>Whether a method looks at features of a checkpoint.</summary>
    public static bool NeedsCheckpoint(this BaselineMethod method) => method is BaselineMethod.NearestNeighbours or BaselineMethod.LinearProbe;
}
