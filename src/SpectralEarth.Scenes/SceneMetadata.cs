using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes;

/// <summary>What METADATA.XML says about an EnMAP L2A product.</summary>
public sealed record SceneMetadata
{
    /// <summary>Product name: <c>metadata/name</c> without the file key, 74 characters (73 in some pre-launch products).</summary>
    public required string SceneId { get; init; }
    /// <summary>Start of the acquisition, UTC.</summary>
    public required DateTime StartTime { get; init; }
    /// <summary>Processor version, for example 01.03.02.</summary>
    public required string ProcessorVersion { get; init; }
    /// <summary>Land_Mode, Water_Mode or Combined.</summary>
    public required string CorrectionType { get; init; }
    /// <summary>All bands of the cube, in the cube's order, wavelengths from this file.</summary>
    public required BandTable Bands { get; init; }
    /// <summary>False of an image that tells no wavelengths: <see cref="Bands"/> has those of the sensor's first arrangement.</summary>
    public bool TellsWavelengths { get; init; } = true;
    /// <summary>Factor from digital number to reflectance, per band.</summary>
    public required IReadOnlyList<double> Gains { get; init; }
    /// <summary>Reflectance at digital number 0, per band.</summary>
    public required IReadOnlyList<double> Offsets { get; init; }
    /// <summary>1-based numbers of bands marked as empty (mean -1000000, deviation 0).</summary>
    public required IReadOnlyList<int> EmptyBands { get; init; }
    /// <summary>Columns that the metadata promises, pixels.</summary>
    public required int Width { get; init; }
    /// <summary>Rows that the metadata promises, pixels.</summary>
    public required int Height { get; init; }
    /// <summary>EPSG code of the map projection.</summary>
    public required int Epsg { get; init; }
    /// <summary>Sun elevation at the centre, degrees; null if not given (-999).</summary>
    public double? SunElevation { get; init; }
    /// <summary>Sun azimuth at the centre, degrees from north; null if not given.</summary>
    public double? SunAzimuth { get; init; }
    /// <summary>View angle across track at the centre, degrees; null if not given.</summary>
    public double? AcrossOffNadir { get; init; }
    /// <summary>View angle along track at the centre, degrees; null if not given.</summary>
    public double? AlongOffNadir { get; init; }
    /// <summary>Cover percentages of the product as the processor states them (cloudCover, snowCover, ...), of the valid area.</summary>
    public required IReadOnlyDictionary<string, double> CoverPercent { get; init; }
}
