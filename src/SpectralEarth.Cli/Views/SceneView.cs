using SpectralEarth.Scenes;
using static System.FormattableString;

namespace SpectralEarth.Cli.Views;

/// <summary>A scene's report as lines of a table.</summary>
internal static class SceneView
{
    internal static IEnumerable<(string Name, string Value)> Rows(SceneReport report)
    {
        yield return ("acquired", Invariant($"{report.StartTime:yyyy-MM-dd HH:mm:ss} UTC"));
        yield return ("processor", $"{report.ProcessorVersion}, {report.CorrectionType}");
        yield return ("size", $"{report.Width} x {report.Height} pixels of {report.PixelSizeM:0.##} m");
        yield return ("CRS", $"EPSG:{report.Epsg}");
        yield return ("upper left", Invariant($"{report.Left:0.##}, {report.Top:0.##} m"));
        yield return ("centre", report.CentreLongitude is { } longitude && report.CentreLatitude is { } latitude
            ? Invariant($"{latitude:0.0000}°, {longitude:0.0000}° (latitude, longitude)") : "unknown");
        yield return ("bands", Invariant($"{report.Bands}, {report.FirstWavelengthNm:0.##} to {report.LastWavelengthNm:0.##} nm, SWIR arrangement {report.Arrangement}"));
        yield return ("empty bands", report.EmptyBands.Count == 0 ? "none" : string.Join(", ", report.EmptyBands));
        yield return ("valid pixels", Percent(report.ValidFraction));
        yield return ("of these cloud", Percent(report.CloudFraction));
        yield return ("cloud shadow", Percent(report.CloudShadowFraction));
        yield return ("haze", Percent(report.HazeFraction));
        yield return ("cirrus", Percent(report.CirrusFraction));
        yield return ("snow", Percent(report.SnowFraction));
        yield return ("water", Percent(report.WaterFraction));
        yield return ("defective", Percent(report.DefectiveFraction));
        yield return ("low quality", Percent(report.LowQualityFraction));
        yield return ("sun elevation, azimuth", $"{Degrees(report.SunElevation)}, {Degrees(report.SunAzimuth)}");
        yield return ("view across, along track", $"{Degrees(report.AcrossOffNadir)}, {Degrees(report.AlongOffNadir)}");
        foreach (var (name, value) in report.StatedCoverPercent)
            yield return ($"stated {name}", Invariant($"{value:0.##} %"));
    }

    private static string Percent(double? share) => share is { } value ? Invariant($"{100 * value:0.0} %") : "layer missing";

    private static string Degrees(double? angle) => angle is { } value ? Invariant($"{value:0.0}°") : "not given";
}
