namespace SpectralEarth.Spectra;

/// <summary>Contents of <c>datasets/&lt;sensor&gt;/sensor.yaml</c>: all that a new sensor needs.</summary>
public sealed record SensorDescriptor
{
    /// <summary>The quantity of surface reflectance.</summary>
    public const string Reflectance = "reflectance";

    /// <summary>Name of the sensor, for example "EnMAP".</summary>
    public required string Name { get; init; }
    /// <summary>A line or two for people.</summary>
    public required string Description { get; init; }
    /// <summary>What a scene of the sensor is delivered as.</summary>
    public ProductForm Products { get; init; }
    /// <summary>Bands of the delivered cube, where the table of bands does not have them all; by default the largest number in the table.</summary>
    public int? CubeBands { get; init; }
    /// <summary>Table of bands, a CSV file in the same folder, with a column "band": 1-based numbers in the delivered cube.</summary>
    public required string BandTable { get; init; }
    /// <summary>Wavelength sets that the sensor's products come in; the first is the reference.</summary>
    public required IReadOnlyList<ArrangementDescriptor> Arrangements { get; init; }
    /// <summary>Largest difference at which a scene's wavelengths still count as an arrangement's, nm.</summary>
    public double ToleranceNm { get; init; } = 1;
    /// <summary>Bands kept by default, in channel order: numbers and ranges.</summary>
    public required string DefaultBands { get; init; }
    /// <summary>Digital number of pixels without data, where the image itself names none.</summary>
    public required short NoData { get; init; }
    /// <summary>Quantity = digital number x scale.</summary>
    public required double Scale { get; init; }
    /// <summary>What the scaled values are: "reflectance" or "radiance".</summary>
    public required string Quantity { get; init; }
    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }
    /// <summary>Table of published statistics, a CSV file in the same folder with columns "band", "mean" and "standard_deviation".</summary>
    public string? Statistics { get; init; }
}

/// <summary>Forms of products.</summary>
public enum ProductForm
{
    /// <summary>A GeoTIFF per scene; an ENVI header beside it may tell the wavelengths.</summary>
    Geotiff,
    /// <summary>EnMAP L2A products with METADATA.XML and quality layers.</summary>
    EnmapL2a,
}

/// <summary>Where the band table holds the wavelengths of one arrangement.</summary>
public sealed record ArrangementDescriptor
{
    /// <summary>Name, for example "A".</summary>
    public required string Name { get; init; }
    /// <summary>Which products have it.</summary>
    public required string Description { get; init; }
    /// <summary>Column of centre wavelengths, nm.</summary>
    public required string WavelengthColumn { get; init; }
    /// <summary>Column of full widths at half maximum, nm; null where they are not known.</summary>
    public string? FwhmColumn { get; init; }
}
