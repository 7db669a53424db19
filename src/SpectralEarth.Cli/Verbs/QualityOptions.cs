using System.CommandLine;
using SpectralEarth.Scenes;
using SpectralEarth.Tiling;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Options that decide by the quality of pixels: <c>--max-cloud 0.1 ... --mask cloud,cloud-shadow</c></summary>
internal sealed class QualityOptions
{
    private readonly Option<string> mask = new("--mask")
    {
        Description = $"Qualities that make a pixel unusable, comma separated: {string.Join(", ", QualityNames.All)}.",
        HelpName = "LIST",
    };

    private readonly Dictionary<PixelQuality, Option<double>> limits = Enum.GetValues<PixelQuality>().ToDictionary(quality => quality, Limit);

    /// <summary>Adds the options to a verb.</summary>
    internal void AddTo(Command verb)
    {
        foreach (var limit in limits.Values)
            verb.Add(limit);
        verb.Add(mask);
    }

    /// <summary>The limits of a command line.</summary>
    internal IReadOnlyDictionary<PixelQuality, double> MaxShares(ParseResult line) =>
        limits.ToDictionary(limit => limit.Key, limit => line.GetValue(limit.Value));

    /// <summary>The mask of a command line.</summary>
    /// <exception cref="ArgumentException">A name is no quality.</exception>
    internal IReadOnlyList<PixelQuality> Mask(ParseResult line) =>
        [.. (line.GetValue(mask) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(QualityNames.Named)];

    private static Option<double> Limit(PixelQuality quality)
    {
        var isCloud = quality == PixelQuality.Cloud;
        return new Option<double>($"--max-{QualityNames.Of(quality)}")
        {
            Description = $"Largest share of {QualityNames.Of(quality).Replace('-', ' ')} among pixels with data, 0 to 1{(isCloud ? "" : "; 1 sets no limit")}.",
            DefaultValueFactory = _ => isCloud ? 0.1 : 1,
        };
    }
}
