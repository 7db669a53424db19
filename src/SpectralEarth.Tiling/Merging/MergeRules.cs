using System.Globalization;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling.Merging;

/// <summary>What data sets must have in common to be merged.</summary>
internal static class MergeRules
{
    /// <exception cref="DatasetException">Names all differences.</exception>
    public static void RequireFit(Dataset first, Dataset other)
    {
        var differences = Facts(first.Manifest).Zip(Facts(other.Manifest))
            .Where(pair => pair.First.Value != pair.Second.Value)
            .Select(pair => $"{pair.First.Key} is {pair.Second.Value}, but {pair.First.Value} in {first.Path}").ToArray();
        if (differences.Length > 0)
            throw new DatasetException($"{other.Path}: cannot be merged: {string.Join("; ", differences)}. Tile the scenes again with equal options.");
    }

    private static IEnumerable<(string Key, string Value)> Facts(DatasetManifest manifest) =>
    [
        ("sensor", manifest.Sensor),
        ("bands", BandNumbers.ToText(manifest.Bands)),
        ("patch_size", Text(manifest.PatchSize)),
        ("stride", Text(manifest.Stride)),
        ("pixel_size_m", Text(manifest.PixelSizeM)),
        ("scale", Text(manifest.Scale)),
        ("no_data", Text(manifest.NoData)),
        ("classes", manifest.Classes.Count == 0 ? "none" : string.Join(", ", manifest.Classes.Select(item => $"{item.Code} {item.Name} {item.Color}"))),
        ("labels_complete", manifest.LabelsComplete ? "true" : "false"),
        ("targets", manifest.Targets.Count == 0 ? "none" : string.Join(", ", manifest.Targets)),
    ];

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
