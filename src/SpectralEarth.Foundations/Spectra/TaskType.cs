namespace SpectralEarth.Spectra;

/// <summary>Kinds of tasks.</summary>
public enum TaskType
{
    /// <summary>A class for each pixel.</summary>
    Segmentation,
    /// <summary>The class that covers most of a patch.</summary>
    Classification,
    /// <summary>The classes that occur in a patch.</summary>
    MultiLabel,
    /// <summary>Numbers for a patch.</summary>
    Regression,
}
