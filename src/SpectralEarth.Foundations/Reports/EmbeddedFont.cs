using SkiaSharp;

namespace SpectralEarth.Reports;

/// <summary>The font of all pictures and charts; embedded, so that they carry text on machines without fonts.</summary>
internal static class EmbeddedFont
{
    /// <summary>Regular weight.</summary>
    public static SKTypeface Regular { get; } = Load("DejaVuSans-Latin.ttf");

    /// <summary>Bold weight.</summary>
    public static SKTypeface Bold { get; } = Load("DejaVuSans-Bold-Latin.ttf");

    private static SKTypeface Load(string name)
    {
        using var stream = typeof(EmbeddedFont).Assembly.GetManifestResourceStream(name)!;
        return SKTypeface.FromStream(stream) ?? throw new InvalidDataException($"The embedded font {name} cannot be read.");
    }
}
