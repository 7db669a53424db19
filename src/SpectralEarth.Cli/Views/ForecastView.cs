using System.Globalization;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Tiling;

namespace SpectralEarth.Cli.Views;

/// <summary>What a run of tile would do.</summary>
internal static class ForecastView
{
    internal static void Show(Terminal terminal, TileForecast forecast)
    {
        terminal.Result("scenes", ["scene", "state", "windows", "patches"], forecast.Scenes.Select(scene =>
            (string[])[scene.SceneId, scene.IsPresent ? "present, not read" : "new", ScoreText.Of(scene.Windows), (scene.IsPresent ? "" : "about ") + ScoreText.Of(scene.Patches)]));
        terminal.Result("tile would", [
            ("tile", Amount.Of(forecast.New.Count(), "new scene")),
            ("leave alone", $"{Amount.Of(forecast.Scenes.Count - forecast.New.Count(), "scene")}, {Patches(forecast.PresentPatches)}"),
            ("reject", Amount.Of(forecast.Rejected.Count(scene => !scene.IsSuperseded), "product or file of labels", "products or files of labels")),
            ("leave out", Amount.Of(forecast.Rejected.Count(scene => scene.IsSuperseded), "older processing")),
            ("add", $"about {Patches(forecast.NewPatches)}"),
            ("write", forecast.Ratio is { } ratio
                ? string.Create(CultureInfo.InvariantCulture, $"about {forecast.StoredBytes / 1e6:0.0} MB ({forecast.RawBytes / 1e6:0.0} MB of pixels, {ratio:0.00} times smaller in samples)")
                : "nothing"),
        ]);
    }

    private static string Patches(int count) => Amount.Of(count, "patch", "patches", "N0");
}
