namespace SpectralEarth.Training.Objectives;

/// <summary>What a network learns by in pretraining.</summary>
public enum PretrainObjective
{
    /// <summary>Masked autoencoding (He et al. 2022).</summary>
    Mae,
    /// <summary>Contrast with earlier batches (He et al. 2020; Chen et al. 2020).</summary>
    MocoV2,
    /// <summary>Contrast within the batch (Chen, Xie and He 2021).</summary>
    MocoV3,
    /// <summary>Self-distillation (Caron et al. 2021).</summary>
    Dino,
}

/// <summary>What an epoch goes through.</summary>
public enum PretrainSamples
{
    /// <summary>Every patch.</summary>
    Patches,
    /// <summary>Every location, by one date (two of temporal pairs) drawn anew in each epoch, as the reference does.</summary>
    Locations,
}

/// <summary>What the two views of a sample have in common.</summary>
public enum PositivePairs
{
    /// <summary>The patch: they differ by augmentation.</summary>
    Augmentation,
    /// <summary>The location: they are of two dates, augmented besides.</summary>
    Temporal,
}

/// <summary>What becomes of locations with fewer dates than a sample is to hold.</summary>
public enum SingleDate
{
    /// <summary>Their dates are taken several times: with one, both views are of it, as in the reference.</summary>
    Repeat,
    /// <summary>They are not trained on.</summary>
    LeaveOut,
}
