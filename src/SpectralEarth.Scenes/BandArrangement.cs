namespace SpectralEarth.Scenes;

/// <summary>
/// The sets of SWIR channels that EnMAP delivered over time. Bands of one number differ by 11 nm between them
/// (bands 136 to 160), so a data set records which one a scene has.
/// </summary>
public enum BandArrangement
{
    /// <summary>Neither of the known ones, for example 218 bands of pre-launch products.</summary>
    Other,

    /// <summary>Acquisitions of 2022: band 136 at 1461 nm.</summary>
    A,

    /// <summary>Acquisitions of 2024 and later: band 136 at 1449 nm.</summary>
    B,
}
