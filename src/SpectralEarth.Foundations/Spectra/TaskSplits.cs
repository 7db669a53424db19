namespace SpectralEarth.Spectra;

/// <summary>Numbers of patches, and of test scenes that training patches come from too.</summary>
public sealed record TaskSplits
{
    /// <summary>Patches to train on.</summary>
    public required int Train { get; init; }
    /// <summary>Patches to validate on.</summary>
    public required int Validation { get; init; }
    /// <summary>Patches to test on.</summary>
    public required int Test { get; init; }
    /// <summary>Scenes that test patches come from.</summary>
    public int? TestScenes { get; init; }
    /// <summary>Those of them that training patches come from too.</summary>
    public int? TestScenesSharedWithTrain { get; init; }
}
