namespace SpectralEarth.Spectra;

/// <summary>A class with the raster codes that belong to it; HCAT codes exceed 32 bits.</summary>
public sealed record TaskClass
{
    /// <summary>Codes in the label rasters.</summary>
    public required IReadOnlyList<long> Codes { get; init; }
    /// <summary>Name shown to people.</summary>
    public required string Name { get; init; }
    /// <summary>Colour in maps, "#rrggbb".</summary>
    public required string Color { get; init; }
}
