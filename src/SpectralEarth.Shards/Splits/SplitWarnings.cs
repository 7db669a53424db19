using System.Globalization;
using SpectralEarth.Spectra;

namespace SpectralEarth.Shards.Splits;

/// <summary>What a person should know of a split before using it.</summary>
public static class SplitWarnings
{
    private static readonly string[] Names = ["training", "validation", "test"];

    /// <summary>Parts that miss their share of the patches by more than half of it, and classes that a part lacks although others have them.</summary>
    /// <param name="report">The split in figures.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="classes">Classes of the data set.</param>
    public static IEnumerable<string> Of(SplitReport report, SplitOptions options, IReadOnlyList<LabelClass> classes)
    {
        // No share of the test is asked for where its scenes are named; the others are shares of the rest.
        var (test, drawn) = (options.TestScenes is null ? options.TestFraction : 0, options.TestScenes is null ? 3 : 2);
        double[] wanted = [1 - options.ValidationFraction - test, options.ValidationFraction, test];
        int[] patches = [.. report.Parts.Select((part, index) => index < drawn ? part.Patches : 0)];
        var remedy = options is { Unit: SplitUnit.Block, BlockSize: > 1 } ? " Smaller blocks (--block-size) come nearer." : "";
        for (var part = 0; part < Names.Length; part++)
        {
            if (OfShare(patches, part, wanted[part]) is { } warning)
                yield return warning + remedy;
            if (report.Parts[part].Patches == 0)
                continue;
            var pixels = report.Parts[part].ClassPixels;
            var lacking = classes.Where((_, index) => pixels[index] == 0 && report.Parts.Any(other => other.ClassPixels[index] > 0)).Select(item => item.Name).ToArray();
            if (lacking.Length > 0)
                yield return $"No labelled pixel of {string.Join(", ", lacking)} came to {Names[part]}.{remedy}";
        }
    }

    /// <summary>Parts that miss their share of the patches by more than half of it.</summary>
    /// <param name="patches">Patches of training, validation and test.</param>
    /// <param name="validationFraction">Share asked for.</param>
    /// <param name="testFraction">Share asked for.</param>
    public static IEnumerable<string> OfShares(IReadOnlyList<int> patches, double validationFraction, double testFraction)
    {
        double[] wanted = [1 - validationFraction - testFraction, validationFraction, testFraction];
        return wanted.Select((share, part) => OfShare(patches, part, share)).OfType<string>();
    }

    private static string? OfShare(IReadOnlyList<int> patches, int part, double wanted)
    {
        var share = (double)patches[part] / patches.Sum();
        return wanted > 0 && Math.Abs(share - wanted) > wanted / 2
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} % of the patches came to {Names[part]}, where {100 * wanted:0} % were asked for.")
            : null;
    }
}
