namespace SpectralEarth.Scenes;

/// <summary>The single-band quality rasters of an EnMAP L2A product.</summary>
public enum QualityLayer
{
    /// <summary>0 none, 1 land, 2 water, 3 background.</summary>
    Classes,
    /// <summary>1 = cloud.</summary>
    Cloud,
    /// <summary>1 = cloud shadow.</summary>
    CloudShadow,
    /// <summary>1 = haze.</summary>
    Haze,
    /// <summary>0 none, 1 thin, 2 medium, 3 thick.</summary>
    Cirrus,
    /// <summary>1 = snow.</summary>
    Snow,
    /// <summary>Bit field; bits 0-1 overall quality, 3 = not produced.</summary>
    TestFlags,
}
