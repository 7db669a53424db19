using System.Globalization;

namespace SpectralEarth.Reports;

/// <summary>A colour of 3 x 8 bits, sRGB.</summary>
/// <param name="Red">Red.</param>
/// <param name="Green">Green.</param>
/// <param name="Blue">Blue.</param>
public readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>Whether a text has the form "#rrggbb".</summary>
    public static bool IsColor(string text) => text.Length == 7 && text[0] == '#' && text.Skip(1).All(char.IsAsciiHexDigit);

    /// <summary>Reads "#rrggbb".</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static Rgb Parse(string text)
    {
        if (!IsColor(text))
            throw new FormatException($"'{text}' is not a colour; write #rrggbb, for example #1f77b4.");
        var code = uint.Parse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return new Rgb((byte)(code >> 16), (byte)(code >> 8), (byte)code);
    }

    /// <summary>The form "#rrggbb".</summary>
    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";
}
