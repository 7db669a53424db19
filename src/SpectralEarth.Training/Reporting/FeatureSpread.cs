using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Reporting;

/// <summary>How far apart an encoder's features of different patches lie: features that have collapsed to one point are worthless.</summary>
internal static class FeatureSpread
{
    private const int MostPatches = 64, Batch = 8;

    /// <summary>Adds spread, effective rank and singular values of the features of patches spread over the data set.</summary>
    /// <param name="page">Report.</param>
    /// <param name="encoder">Encoder; put into evaluation mode here and back into training mode after.</param>
    /// <param name="views">Views without augmentation.</param>
    /// <param name="dataset">Data set.</param>
    public static void AddTo(ReportPage page, Encoder encoder, TrainingViews views, Dataset dataset)
    {
        using var scope = NewDisposeScope();
        var count = Math.Min(MostPatches, dataset.Catalog.Count);
        if (count < 2)
            return;
        var features = Features(encoder, views, dataset, [.. Enumerable.Range(0, count).Select(i => (int)((long)i * dataset.Catalog.Count / count))]);
        var (spread, singular) = Of(features);
        page.Heading("Spread of the features");
        page.Facts(
        [
            ("Patches", count.ToString(CultureInfo.InvariantCulture)),
            ("Spread", spread.ToString("0.000", CultureInfo.InvariantCulture)),
            ("Effective rank", EffectiveRank(singular).ToString("0.0", CultureInfo.InvariantCulture)),
        ]);
        page.Paragraph(
            "Features are brought to length 1. Spread is the root of their summed variance over dimensions: 1 where they point everywhere alike, " +
            "0 where all are the same (collapse). The effective rank is the exponential of the entropy of the normalized singular values.");
        page.Figure(
            Charts.Lines("Singular values of the centred features", "Number", "Share of the largest",
                [new ChartSeries("singular values", [.. Enumerable.Range(1, singular.Length).Select(number => (double)number)], [.. singular.Select(value => value / Math.Max(singular[0], 1e-12))])]),
            "Singular values of the centred features, largest first.");
    }

    /// <summary>Spread and singular values of features.</summary>
    /// <param name="features">Features, [M, D].</param>
    internal static (double Spread, double[] Singular) Of(Tensor features)
    {
        using var scope = NewDisposeScope();
        var directions = nn.functional.normalize(features.to(float64), p: 2, dim: 1);
        var centred = directions - directions.mean([0], keepdim: true);
        var spread = centred.square().sum().item<double>() / features.shape[0];
        return (Math.Sqrt(spread), linalg.svdvals(centred).data<double>().ToArray());
    }

    /// <summary>Roy and Vetterli 2007, equations 3 and 4.</summary>
    internal static double EffectiveRank(IReadOnlyList<double> singular)
    {
        var sum = singular.Sum();
        return sum <= 0 ? 0 : Math.Exp(-singular.Where(value => value > 0).Sum(value => value / sum * Math.Log(value / sum)));
    }

    private static Tensor Features(Encoder encoder, TrainingViews views, Dataset dataset, int[] patches)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        encoder.eval();
        using var loader = new PatchLoader(dataset, patches.Chunk(Batch), threads: 1, prefetch: 1);
        var features = new List<Tensor>();
        while (loader.Next() is { } batch)
        {
            using (batch)
                features.Add(encoder.forward(views.Of(batch, step: 0).Images).cpu());
        }

        encoder.train();
        return cat(features).MoveToOuterDisposeScope();
    }
}
