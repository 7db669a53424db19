namespace SpectralEarth.Tiling;

/// <summary>Which bands of a scene become the channels of a data set.</summary>
public enum WavelengthMode
{
    /// <summary>The bands of the wanted numbers, as in the published SpectralEarth; their wavelengths differ between arrangements.</summary>
    ByNumber,
    /// <summary>The bands nearest to the wavelengths that the sensor's descriptor has for the wanted numbers.</summary>
    Nearest,
    /// <summary>Linear interpolation to those wavelengths between the two neighbours.</summary>
    Linear,
}
