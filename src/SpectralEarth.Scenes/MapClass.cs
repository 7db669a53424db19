using SpectralEarth.Reports;

namespace SpectralEarth.Scenes;

/// <summary>A class of a map.</summary>
/// <param name="Code">Value of its pixels.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Color">Colour as #RRGGBB.</param>
public sealed record MapClass(byte Code, string Name, string Color)
{
    /// <summary>The colour.</summary>
    /// <exception cref="FormatException">The colour is not written #RRGGBB.</exception>
    public Rgb Rgb => Rgb.IsColor(Color)
        ? Rgb.Parse(Color)
        : throw new FormatException($"Class {Code} ({Name}) has the colour '{Color}'; expected #RRGGBB.");
}
