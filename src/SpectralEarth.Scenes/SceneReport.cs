using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes;

/// <summary>What a product holds, as plain values for people and for JSON.</summary>
public sealed record SceneReport
{
    /// <summary>Product name.</summary>
    public required string SceneId { get; init; }
    /// <summary>Start of the acquisition, UTC, ISO 8601.</summary>
    public required DateTime StartTime { get; init; }
    /// <summary>Processor version, for example 01.03.02.</summary>
    public required string ProcessorVersion { get; init; }
    /// <summary>Land_Mode, Water_Mode or Combined.</summary>
    public required string CorrectionType { get; init; }
    /// <summary>Columns, pixels.</summary>
    public required int Width { get; init; }
    /// <summary>Rows, pixels.</summary>
    public required int Height { get; init; }
    /// <summary>EPSG code.</summary>
    public required int Epsg { get; init; }
    /// <summary>Easting of the left edge, m.</summary>
    public required double Left { get; init; }
    /// <summary>Northing of the top edge, m.</summary>
    public required double Top { get; init; }
    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }
    /// <summary>Longitude of the centre, degrees; null unless the product is in UTM.</summary>
    public double? CentreLongitude { get; init; }
    /// <summary>Latitude of the centre, degrees; null unless the product is in UTM.</summary>
    public double? CentreLatitude { get; init; }
    /// <summary>Number of bands.</summary>
    public required int Bands { get; init; }
    /// <summary>Centre wavelength of the first band, nm.</summary>
    public required double FirstWavelengthNm { get; init; }
    /// <summary>Centre wavelength of the last band, nm.</summary>
    public required double LastWavelengthNm { get; init; }
    /// <summary>Which set of SWIR channels: A (2022), B (2024) or unknown.</summary>
    public required string Arrangement { get; init; }
    /// <summary>1-based numbers of bands without any data.</summary>
    public required IReadOnlyList<int> EmptyBands { get; init; }
    /// <summary>Share of pixels of the raster that are usable, 0 to 1.</summary>
    public required double ValidFraction { get; init; }
    /// <summary>Share of cloud among usable pixels; null if the product lacks the layer. So are the following.</summary>
    public double? CloudFraction { get; init; }
    /// <summary>Share of cloud shadow among usable pixels.</summary>
    public double? CloudShadowFraction { get; init; }
    /// <summary>Share of haze among usable pixels.</summary>
    public double? HazeFraction { get; init; }
    /// <summary>Share of cirrus of any thickness among usable pixels.</summary>
    public double? CirrusFraction { get; init; }
    /// <summary>Share of snow among usable pixels.</summary>
    public double? SnowFraction { get; init; }
    /// <summary>Share of water among usable pixels.</summary>
    public double? WaterFraction { get; init; }
    /// <summary>Share of usable pixels that are defective in some band.</summary>
    public double? DefectiveFraction { get; init; }
    /// <summary>Share of usable pixels whose overall quality is low or not produced.</summary>
    public double? LowQualityFraction { get; init; }
    /// <summary>Sun elevation at the centre, degrees.</summary>
    public double? SunElevation { get; init; }
    /// <summary>Sun azimuth at the centre, degrees from north.</summary>
    public double? SunAzimuth { get; init; }
    /// <summary>View angle across track, degrees.</summary>
    public double? AcrossOffNadir { get; init; }
    /// <summary>View angle along track, degrees.</summary>
    public double? AlongOffNadir { get; init; }
    /// <summary>Cover percentages as METADATA.XML states them.</summary>
    public required IReadOnlyDictionary<string, double> StatedCoverPercent { get; init; }

    /// <summary>Reads the whole scene once, some rows at a time, and sums it up.</summary>
    /// <param name="scene">Open scene; all its bands decide whether a pixel is usable.</param>
    /// <exception cref="SceneException">A file is damaged.</exception>
    public static SceneReport Of(Scene scene)
    {
        var counts = QualityCounts.Of(scene, scene.Metadata.Bands.Numbers);
        var (place, metadata) = (scene.GeoTransform, scene.Metadata);
        var (easting, northing) = place.ToMap(scene.Width / 2.0, scene.Height / 2.0);
        var centre = MapProjection.IsUtm(scene.Epsg) ? MapProjection.ToLongitudeLatitude(scene.Epsg, easting, northing) : ((double, double)?)null;
        return new SceneReport
        {
            SceneId = metadata.SceneId,
            StartTime = metadata.StartTime,
            ProcessorVersion = metadata.ProcessorVersion,
            CorrectionType = metadata.CorrectionType,
            Width = scene.Width,
            Height = scene.Height,
            Epsg = scene.Epsg,
            Left = place.Left,
            Top = place.Top,
            PixelSizeM = place.PixelSizeM,
            CentreLongitude = centre?.Item1,
            CentreLatitude = centre?.Item2,
            Bands = metadata.Bands.Count,
            FirstWavelengthNm = metadata.Bands[0].WavelengthNm,
            LastWavelengthNm = metadata.Bands[^1].WavelengthNm,
            Arrangement = SensorCatalog.Load("enmap").ArrangementOf(metadata.Bands)?.Name ?? SensorArrangement.Unknown,
            EmptyBands = scene.EmptyBands,
            ValidFraction = counts.Valid / ((double)scene.Width * scene.Height),
            CloudFraction = counts.Fraction(PixelQuality.Cloud),
            CloudShadowFraction = counts.Fraction(PixelQuality.CloudShadow),
            HazeFraction = counts.Fraction(PixelQuality.Haze),
            CirrusFraction = counts.Fraction(PixelQuality.Cirrus),
            SnowFraction = counts.Fraction(PixelQuality.Snow),
            WaterFraction = counts.Fraction(PixelQuality.Water),
            DefectiveFraction = counts.Fraction(PixelQuality.Defective),
            LowQualityFraction = counts.Fraction(PixelQuality.LowQuality),
            SunElevation = metadata.SunElevation,
            SunAzimuth = metadata.SunAzimuth,
            AcrossOffNadir = metadata.AcrossOffNadir,
            AlongOffNadir = metadata.AlongOffNadir,
            StatedCoverPercent = metadata.CoverPercent,
        };
    }
}
