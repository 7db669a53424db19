using System.Globalization;
using System.Text.RegularExpressions;
using SpectralEarth.Scenes.Sources;
using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes.Products;

/// <summary>
/// Reads the METADATA.XML of an EnMAP L2A product. Wavelengths, gains and detector lists are taken from the file: they
/// differ between acquisition years and processor versions.
/// </summary>
public static partial class EnMapMetadata
{
    private const int MaximumBands = 1024;
    private const int MaximumSide = 100_000;

    private static readonly string[] CoverNames =
        ["cloudCover", "cirrusCover", "hazeCover", "cloudShadow", "noncloudShadow", "snowCover", "waterCover"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="SceneException">
    /// An element is missing or malformed (the message names file, path, value found and value expected), the product is
    /// not L2A, or the file is no safe XML.
    /// </exception>
    public static SceneMetadata Read(string path)
    {
        using var file = FileSource.Open(path);
        return Read(file);
    }

    /// <summary>Reads an open file.</summary>
    internal static SceneMetadata Read(ByteSource file)
    {
        var xml = MetadataElements.Read(file);
        var level = xml.Text("base/level", "L2A");
        if (level != "L2A")
            throw xml.Error($"element base/level is '{MetadataElements.Shortened(level)}'; expected L2A. Order the product at level L2A.");
        var count = xml.Integer("product/image/merge/channels", 1, MaximumBands);
        var bands = Bands(xml, count);
        var vnir = xml.Integers("specific/vnirProductQuality/expectedChannelsList", count);
        var swir = xml.Integers("specific/swirProductQuality/expectedChannelsList", count);
        CheckDetectors(xml, count, vnir, swir);
        return new SceneMetadata
        {
            SceneId = SceneId(xml),
            StartTime = xml.Time("base/temporalCoverage/startTime"),
            ProcessorVersion = xml.Text("base/revision", "a version like 01.03.02"),
            CorrectionType = xml.Text("processing/correctionType", "Land_Mode, Water_Mode or Combined"),
            Bands = bands,
            Gains = PerBand(xml, count, "GainOfBand"),
            Offsets = PerBand(xml, count, "OffsetOfBand"),
            EmptyBands = [.. Enumerable.Range(1, count).Where(number => IsMarkedEmpty(xml, number))],
            Width = xml.Integer("product/image/merge/dimension/columns", 1, MaximumSide),
            Height = xml.Integer("product/image/merge/dimension/rows", 1, MaximumSide),
            Epsg = Epsg(xml),
            SunElevation = xml.OptionalNumber("specific/sunElevationAngle/center"),
            SunAzimuth = xml.OptionalNumber("specific/sunAzimuthAngle/center"),
            AcrossOffNadir = xml.OptionalNumber("specific/acrossOffNadirAngle/center"),
            AlongOffNadir = xml.OptionalNumber("specific/alongOffNadirAngle/center"),
            CoverPercent = Cover(xml),
        };
    }

    private static string SceneId(MetadataElements xml)
    {
        const string expected = "a product name like ENMAP01-____L2A-DT0000001867_20220724T104526Z_008_V010302_20230628T165614Z";
        var name = xml.Text("metadata/name", expected);
        return ProductName.In(name) ?? throw xml.Error($"element metadata/name is '{MetadataElements.Shortened(name)}'; expected {expected}.");
    }

    private static BandTable Bands(MetadataElements xml, int count)
    {
        var extra = BandPath(count + 1, "wavelengthCenterOfBand");
        if (xml.Has(extra))
            throw xml.Error($"element {extra} is there, but product/image/merge/channels is {count}.");
        var wavelengths = PerBand(xml, count, "wavelengthCenterOfBand");
        var widths = PerBand(xml, count, "FWHMOfBand");
        for (var i = 0; i < count; i++)
        {
            if (wavelengths[i] <= 0 || widths[i] <= 0)
                throw xml.Error($"band {i + 1} has wavelength {Text(wavelengths[i])} nm and FWHM {Text(widths[i])} nm; expected positive numbers.");
            if (i > 0 && wavelengths[i] <= wavelengths[i - 1])
            {
                throw xml.Error(
                    $"element {BandPath(i + 1, "wavelengthCenterOfBand")} is {Text(wavelengths[i])} after {Text(wavelengths[i - 1])}; " +
                    "expected ascending wavelengths, as L2A products are delivered. Was the cube re-sorted by detector?");
            }
        }

        return new BandTable(wavelengths.Select((wavelength, i) => new Band(i + 1, wavelength, widths[i])));
    }

    private static double[] PerBand(MetadataElements xml, int count, string element) =>
        [.. Enumerable.Range(1, count).Select(number => xml.Number(BandPath(number, element)))];

    private static string BandPath(int number, string element) => $"specific/bandCharacterisation/bandID[{number}]/{element}";

    private static void CheckDetectors(MetadataElements xml, int count, int[] vnir, int[] swir)
    {
        var times = new int[count + 1];
        foreach (var number in vnir.Concat(swir))
            times[number]++;
        var wrong = Array.FindIndex(times, 1, n => n != 1);
        if (wrong > 0)
            throw xml.Error($"band {wrong} occurs {times[wrong]} times in the two expectedChannelsList elements (VNIR and SWIR); expected once.");
    }

    private static bool IsMarkedEmpty(MetadataElements xml, int number)
    {
        var path = $"product/bandStatistics/bandID[{number}]/";
        return xml.OptionalNumber(path + "mean") == -1_000_000 && xml.OptionalNumber(path + "stdDeviation") == 0;
    }

    private static int Epsg(MetadataElements xml)
    {
        const string path = "product/ortho/projection";
        const string expected = "UTM_Zone1_North to UTM_Zone60_South, LAEA-ETRS89 or Geographic";
        var text = xml.Text(path, expected);
        if (text == "LAEA-ETRS89")
            return 3035;
        if (text == "Geographic")
            return 4326;
        var match = UtmZone().Match(text);
        var zone = match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        if (zone is < 1 or > 60)
            throw xml.Error($"element {path} is '{MetadataElements.Shortened(text)}'; expected {expected}.");
        return (match.Groups[2].ValueSpan is "North" ? 32600 : 32700) + zone;
    }

    private static Dictionary<string, double> Cover(MetadataElements xml)
    {
        var cover = new Dictionary<string, double>();
        foreach (var name in CoverNames)
        {
            if (xml.OptionalNumber("specific/qualityFlag/" + name) is { } percent)
                cover.Add(name, percent);
        }

        return cover;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^UTM_Zone(\d{1,2})_(North|South)$", RegexOptions.CultureInvariant)]
    private static partial Regex UtmZone();
}
