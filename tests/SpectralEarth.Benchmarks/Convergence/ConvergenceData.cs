using SpectralEarth.Models;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Convergence;

/// <summary>Labelled patches in memory, some to train on and some, of other ground, to judge by.</summary>
/// <param name="Name">For tables.</param>
/// <param name="Train">Patches to train on.</param>
/// <param name="Test">Patches of other ground.</param>
/// <param name="WavelengthsNm">Centre wavelengths of the channels, nm.</param>
internal sealed record ConvergenceData(string Name, Patches Train, Patches Test, IReadOnlyList<double> WavelengthsNm)
{
    /// <summary>Side of a patch, pixels.</summary>
    internal const int PatchSize = 16;

    /// <summary>Three invented scenes to train on, a fourth to judge by.</summary>
    internal static ConvergenceData Synthetic()
    {
        using var folder = new TemporaryFolder();
        SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 4, Dates = 1, SizePx = 128, Seed = 1 });
        var dataset = Tile(folder, [folder.File("in")], [.. Directory.GetFiles(folder.File("in"), "labels.tif", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]);
        var scenes = dataset.Catalog.Select(info => info.SceneId).Distinct().Order(StringComparer.Ordinal).ToArray();
        return Of("synthetic", dataset, info => info.SceneId != scenes[^1], info => info.SceneId == scenes[^1]);
    }

    /// <summary>The real scene: its left part to train on, the rest to judge by.</summary>
    internal static ConvergenceData Potsdam()
    {
        const int Border = 96;
        using var folder = new TemporaryFolder();
        var dataset = Tile(folder, [SharedData.PotsdamScene()], [SharedData.PotsdamLabels()]);
        return Of("Potsdam", dataset, info => info.SceneColumn + PatchSize <= Border, info => info.SceneColumn >= Border);
    }

    private static Dataset Tile(TemporaryFolder folder, string[] scenes, string[] labels)
    {
        Tiler.Run(new TileOptions
        {
            Scenes = scenes,
            Labels = labels,
            Output = folder.File("out"),
            PatchSize = PatchSize,
            Stride = PatchSize / 2,
            MaxShares = new Dictionary<PixelQuality, double>(),
            Threads = 1,
        });
        return Dataset.Open(folder.File("out"));
    }

    private static ConvergenceData Of(string name, Dataset dataset, Predicate<PatchInfo> train, Predicate<PatchInfo> test) =>
        new(name, Patches.Read(dataset, train), Patches.Read(dataset, test), dataset.Manifest.WavelengthsNm);
}

/// <summary>Patches as tensors.</summary>
/// <param name="Images">Normalised, [n, C, S, S].</param>
/// <param name="Validity">1 where valid, [n, S, S].</param>
/// <param name="Labels">Class codes, 0 where unlabelled, [n, S, S].</param>
internal sealed record Patches(Tensor Images, Tensor Validity, byte[] Labels)
{
    internal long Count => Images.shape[0];

    internal static Patches Read(Dataset dataset, Predicate<PatchInfo> wanted)
    {
        using var scope = NewDisposeScope();
        var (bands, size) = (dataset.Manifest.Bands.Count, dataset.Manifest.PatchSize);
        var read = Enumerable.Range(0, dataset.Catalog.Count).Where(index => wanted(dataset.Catalog[index])).Select(dataset.Read).ToArray();
        using var normalization = new BandNormalization(
            [.. dataset.Manifest.Statistics.Select(band => band.Mean)], [.. dataset.Manifest.Statistics.Select(band => band.StandardDeviation)]);
        var validity = tensor(read.SelectMany(patch => patch.Validity).ToArray(), [read.Length, size, size]);
        var images = normalization.Apply(tensor(read.SelectMany(patch => patch.Pixels).ToArray(), [read.Length, bands, size, size]), dataset.Manifest.NoData, validity);
        return new(images.DetachFromDisposeScope(), validity.DetachFromDisposeScope(), [.. read.SelectMany(patch => patch.Labels!)]);
    }
}
