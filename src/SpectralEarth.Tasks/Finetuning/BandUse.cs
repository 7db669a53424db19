namespace SpectralEarth.Tasks.Finetuning;

/// <summary>How the bands that an encoder was pretrained on are found in a data set, which may be of another sensor.</summary>
public enum BandUse
{
    /// <summary>By number, wavelengths within 1 nm: the same sensor.</summary>
    ByNumber,
    /// <summary>By wavelength: for each band the nearest, at most 10 nm away; images are normalised with the data set's own statistics.</summary>
    Nearest,
    /// <summary>
    /// The data set's bands as they are, whatever their wavelengths, normalised with its own statistics, as the reference does across
    /// sensors: the filters of the spectral adapter slide along any spectrum.
    /// </summary>
    OfData,
}
