namespace SpectralEarth.Scenes;

/// <summary>Units of wavelengths as image headers name them.</summary>
internal static class WavelengthUnit
{
    /// <summary>Nanometres of one unit; null if it is not known.</summary>
    /// <param name="name">Nanometers or micrometers, whatever the case and spelling.</param>
    internal static double? Nanometres(string name) => name.Trim().ToUpperInvariant() switch
    {
        "NANOMETERS" or "NANOMETRES" or "NANOMETER" or "NM" => 1,
        "MICROMETERS" or "MICROMETRES" or "MICROMETER" or "UM" => 1000,
        _ => null,
    };
}
