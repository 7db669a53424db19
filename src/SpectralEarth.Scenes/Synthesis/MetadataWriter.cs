using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using SpectralEarth.Storage;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>Writes METADATA.XML with the elements of a real L2A product (schema 00-06-00).</summary>
internal sealed class MetadataWriter(Acquisition acquisition, RasterGrid grid, SceneRenderer renderer)
{
    private static readonly string[] Layers =
    [
        "SPECTRAL_IMAGE", "QL_QUALITY_CLASSES", "QL_QUALITY_CLOUD", "QL_QUALITY_CLOUDSHADOW", "QL_QUALITY_HAZE", "QL_QUALITY_CIRRUS",
        "QL_QUALITY_SNOW", "QL_QUALITY_TESTFLAGS", "QL_PIXELMASK", "QL_VNIR", "QL_SWIR",
    ];

    /// <summary>Writes the file.</summary>
    internal void Write(string path)
    {
        XNamespace xsi = "http://www.w3.org/2001/XMLSchema-instance";
        var root = new XElement("level_X",
            new XAttribute(XNamespace.Xmlns + "xsi", xsi), new XAttribute(xsi + "noNamespaceSchemaLocation", "metadata_Lx_00-06-00.xsd"),
            Metadata(), Processing(), Base(), Specific(), Product());
        AtomicFile.Write(path, stream =>
        {
            using var writer = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false) });
            new XDocument(root).WriteTo(writer);
        });
    }

    private XElement Metadata() => new("metadata",
        new XElement("schema", new XElement("name", "metadata_Lx_00-06-00.xsd"), new XElement("versionSchema", "00.06.00"), new XElement("processingLevel", "L2A")),
        new XElement("name", acquisition.ProductName + "-METADATA.XML"),
        new XElement("comment", "synthetic: invented ground, no EnMAP data"));

    private static XElement Processing() => new("processing",
        Pairs(("productFormat", "GeoTIFF+Metadata"), ("mapProjection", "UTM_Zone_of_Scene_Center"), ("imageResampling", "Bilinear_Interpolation"),
            ("correctionType", "Land_Mode"), ("terrainCorrection", "Yes"), ("cirrusHazeRemoval", "No"), ("bandInterpolation", "No"),
            ("waterType", "Clear"), ("season", "summer"), ("ozoneValue", 300), ("DEMDBVersion", "none")));

    private XElement Base() => new("base",
        Pairs(("level", "L2A"), ("format", "ENMAP_L2A"), ("revision", acquisition.Version), ("archivedVersion", acquisition.Version)),
        new XElement("temporalCoverage", Pairs(("startTime", acquisition.Start), ("stopTime", acquisition.Stop))),
        new XElement("spatialCoverage", new XElement("boundingPolygon",
            Point("upper_left", 0), Point("lower_left", 3), Point("lower_right", 2), Point("upper_right", 1), Point("upper_left", 0))));

    private XElement Point(string frame, int corner)
    {
        var (x, y) = renderer.Swath.Corner(corner);
        var (easting, northing) = grid.GeoTransform.ToMap(x, y);
        var (longitude, latitude) = MapProjection.ToLongitudeLatitude(grid.Epsg, easting, northing);
        return new XElement("point", Pairs(("frame", frame)), Degrees("latitude", Math.Round(latitude, 7)), Degrees("longitude", Math.Round(longitude, 7)));
    }

    private XElement Specific() => new("specific",
        Pairs(("code", "L2A"), ("satelliteID", "01"), ("datatakeID", acquisition.Datatake), ("tileID", "001"), ("numberOfTiles", "01"),
            ("missionPhase", "synthetic"), ("orbitDirection", "DESCENDING"), ("datatakeStart", acquisition.Start), ("datatakeStop", acquisition.Stop),
            ("processingDateTime", acquisition.Processed), ("backgroundValue", 0), ("widthOfOrthoScene", grid.Width), ("heightOfOrthoScene", grid.Height),
            ("pixelSizeOfOrthoScene", 30), ("numberOfVNIRBands", renderer.Bands.Vnir.Length), ("numberOfSWIRBands", renderer.Bands.Swir.Length)),
        Angle("sunElevationAngle", acquisition.SunElevation), Angle("sunAzimuthAngle", acquisition.SunAzimuth),
        Angle("acrossOffNadirAngle", acquisition.AcrossOffNadir), Angle("alongOffNadirAngle", -0.12), Angle("sceneAzimuthAngle", 11.3),
        Quality(),
        new XElement("bandCharacterisation", Numbered("bandID", renderer.Bands.Count, band => Pairs(
            ("wavelengthCenterOfBand", renderer.Bands.WavelengthsNm[band]), ("FWHMOfBand", renderer.Bands.FwhmNm[band]), ("GainOfBand", 0.0001), ("OffsetOfBand", 0)))),
        Channels("vnirProductQuality", renderer.Bands.Vnir), Channels("swirProductQuality", renderer.Bands.Swir));

    private XElement Quality()
    {
        int Percent(QualityLayer layer) => renderer.Quality.Percent(layer);
        return new XElement("qualityFlag", Pairs(
            ("cloudCover", Percent(QualityLayer.Cloud)), ("cirrusCover", Percent(QualityLayer.Cirrus)), ("hazeCover", Percent(QualityLayer.Haze)),
            ("cloudShadow", Percent(QualityLayer.CloudShadow)), ("noncloudShadow", 0), ("snowCover", Percent(QualityLayer.Snow)),
            ("waterCover", Percent(QualityLayer.Classes)), ("overallQuality", 0), ("overallQualityVNIR", 0), ("overallQualitySWIR", 0), ("sceneSunglint", -999)));
    }

    private XElement Product() => new("product",
        new XElement("image", new XElement("merge", Pairs(("name", acquisition.ProductName + "-SPECTRAL_IMAGE.TIF"), ("channels", renderer.Bands.Count)),
            new XElement("dimension", Pairs(("columns", grid.Width), ("rows", grid.Height))))),
        new XElement("ortho", Pairs(("projection", $"UTM_Zone{grid.Epsg % 100}_{(grid.Epsg < 32700 ? "North" : "South")}"), ("resolution", 30))),
        new XElement("navigation", Numbered("attitude", 8, i => Pairs(("utcTime", acquisition.Start.AddSeconds(i)), ("q1", 0.5), ("q2", 0.5), ("q3", 0.5), ("q4", 0.5)))),
        new XElement("productFileInformation", Numbered("file", Layers.Length + 1, i => Pairs(
            ("name", $"{acquisition.ProductName}-{(i == 0 ? "METADATA.XML" : Layers[i - 1] + ".TIF")}"), ("version", 1), ("format", i == 0 ? "XML" : "GeoTIFF")))),
        new XElement("bandStatistics", Numbered("bandID", renderer.Bands.Count, Statistics)));

    /// <summary>Empty bands carry the marker of real products: mean -1000000 and deviation 0.</summary>
    private object[] Statistics(int band)
    {
        var isEmpty = renderer.Bands.Empty.Contains(band + 1);
        var (mean, deviation) = isEmpty ? (-1_000_000, 0) : renderer.Statistics.Of(band);
        return Pairs(("waveLength", renderer.Bands.WavelengthsNm[band]), ("mean", mean), ("stdDeviation", deviation));
    }

    private static XElement Channels(string name, int[] numbers) => new(name,
        Pairs(("numChannelsExpected", numbers.Length), ("expectedChannelsList", string.Join(',', numbers)), ("numChannelsMissing", 0), ("missingChannelsList", "")));

    private static XElement Angle(string name, double value) => new(name, new XAttribute("unit", "DEG"),
        Pairs(("upper_left", value), ("upper_right", value), ("lower_right", value), ("lower_left", value), ("center", value)));

    private static XElement Degrees(string name, double value) => new(name, new XAttribute("unit", "DEG"), Text(value));

    private static IEnumerable<XElement> Numbered(string name, int count, Func<int, object[]> content) =>
        Enumerable.Range(0, count).Select(i => new XElement(name, new XAttribute("number", i + 1), content(i)));

    private static object[] Pairs(params (string Name, object Value)[] pairs) => [.. pairs.Select(pair => new XElement(pair.Name, Text(pair.Value)))];

    private static string Text(object value) => value switch
    {
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        double number => number.ToString("G8", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };
}
