using System.Text.RegularExpressions;

namespace SpectralEarth.Scenes.Products;

/// <summary>Names of EnMAP products.</summary>
public static partial class ProductName
{
    /// <summary>
    /// The part of a product's name that all processings of an acquisition share: satellite, datatake, start and tile. Names that differ
    /// only after it sort by processor version, then by time of processing, so the last in ordinal order is the newest. Another
    /// name is returned whole.
    /// </summary>
    public static string AcquisitionOf(string sceneId) => Product().Match(sceneId) is { Success: true } match ? match.Groups["acquisition"].Value : sceneId;

    /// <summary>The whole name of a product at the beginning of a text; null if there is none.</summary>
    internal static string? In(string text) => Product().Match(text) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"^(?<acquisition>ENMAP\d{2}-____L2A-DT\d{9,10}_\d{8}T\d{6}Z_\d{3})_V\d{6}_\d{8}T\d{6}Z", RegexOptions.CultureInvariant)]
    private static partial Regex Product();
}
