using SpectralEarth.Reports;

namespace SpectralEarth.Spectra;

/// <summary>A class of label rasters and maps.</summary>
/// <param name="Code">Code of its pixels, 1 to 255; 0 means unlabelled.</param>
/// <param name="Name">Name shown to people.</param>
/// <param name="Color">Colour in maps, "#rrggbb".</param>
public sealed record LabelClass(int Code, string Name, string Color)
{
    /// <summary>The colour.</summary>
    /// <exception cref="FormatException">The colour is not written #RRGGBB.</exception>
    public Rgb ToRgb() => Rgb.IsColor(Color)
        ? Rgb.Parse(Color)
        : throw new FormatException($"Class {Code} ({Name}) has the colour '{Color}'; expected #RRGGBB.");
}
