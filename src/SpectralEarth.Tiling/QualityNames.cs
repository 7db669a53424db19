using System.Text.Json;
using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>Names of pixel qualities as users write them: cloud-shadow.</summary>
public static class QualityNames
{
    private static readonly PixelQuality[] Qualities = Enum.GetValues<PixelQuality>();

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All => [.. Qualities.Select(Of)];

    /// <summary>Name of a quality: lower case, words with hyphens.</summary>
    public static string Of(PixelQuality quality) => JsonNamingPolicy.KebabCaseLower.ConvertName(quality.ToString());

    /// <summary>The quality of a name.</summary>
    /// <exception cref="ArgumentException">There is no such quality; with the names that there are.</exception>
    public static PixelQuality Named(string name)
    {
        var index = All.ToList().IndexOf(name);
        return index >= 0 ? Qualities[index] : throw new ArgumentException($"'{name}' is no quality of pixels; expected {string.Join(", ", All)}.");
    }
}
