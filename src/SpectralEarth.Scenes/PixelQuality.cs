namespace SpectralEarth.Scenes;

/// <summary>What the quality layers of a product can say of a pixel.</summary>
public enum PixelQuality
{
    /// <summary>Cloud.</summary>
    Cloud,
    /// <summary>Cloud shadow.</summary>
    CloudShadow,
    /// <summary>Haze.</summary>
    Haze,
    /// <summary>Cirrus of any thickness.</summary>
    Cirrus,
    /// <summary>Snow.</summary>
    Snow,
    /// <summary>Water, by QUALITY_CLASSES.</summary>
    Water,
    /// <summary>Defective in one of the wanted bands, by PIXELMASK.</summary>
    Defective,
    /// <summary>Overall quality low or not produced, by bits 0-1 of QUALITY_TESTFLAGS.</summary>
    LowQuality,
}
