using System.Globalization;

namespace SpectralEarth.Scenes;

/// <summary>A class of a map.</summary>
/// <param name="Code">Value of its pixels.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Color">Colour as #RRGGBB.</param>
public sealed record MapClass(byte Code, string Name, string Color)
{
    /// <summary>The colour as three bytes.</summary>
    /// <exception cref="FormatException">The colour is not written #RRGGBB.</exception>
    public (byte Red, byte Green, byte Blue) Rgb =>
        Color.Length == 7 && Color[0] == '#' && int.TryParse(Color.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rgb)
            ? ((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb)
            : throw new FormatException($"Class {Code} ({Name}) has the colour '{Color}'; expected #RRGGBB.");
}
