using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

/// <summary>Small models and their descriptions.</summary>
internal static class Samples
{
    internal static readonly EncoderConfig Encoder = new() { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 };

    internal static readonly ModelDescription Mae = new()
    {
        Architecture = ModelDescription.MaeArchitecture,
        Mae = new MaeConfig { Encoder = Encoder, DecoderWidth = 32, DecoderHeads = 2 },
        Bands = [.. Enumerable.Range(1, 202)],
        WavelengthsNm = [.. Enumerable.Range(0, 202).Select(i => 418.24 + (i / 3.0))],
        Mean = [.. Enumerable.Range(0, 202).Select(i => 1000.1 + i)],
        StandardDeviation = [.. Enumerable.Range(0, 202).Select(i => 500.7 + i)],
        NoData = -32768,
        PixelSizeM = 30,
        Provenance = new Provenance("0.1.0", "mae-spec-vit-small", "0123456789abcdef", 100),
    };

    internal static readonly ModelDescription Segmentation = Mae with
    {
        Architecture = ModelDescription.SegmentationArchitecture,
        Mae = null,
        Segmentation = new SegmentationConfig { Encoder = Encoder, Classes = 2 },
        Classes = [new LabelClass(1, "water", "#0000ff"), new LabelClass(4, "forêt", "#00ff00")],
    };

    internal static readonly ModelDescription Classification = Segmentation with
    {
        Architecture = ModelDescription.ClassificationArchitecture,
        Segmentation = null,
        Classification = new ClassificationConfig { Encoder = Encoder, Classes = 2, MultiLabel = true },
    };

    internal static readonly ModelDescription Regression = Mae with
    {
        Architecture = ModelDescription.RegressionArchitecture,
        Mae = null,
        Regression = new RegressionConfig { Encoder = Encoder, Targets = 2 },
        Targets = [new ModelTarget("P", "mg/kg", 70.3, 29.5), new ModelTarget("pH")],
    };

    internal static readonly WeightImportOptions Import = new()
    {
        Bands = new InputBands(Mae.Bands, Mae.WavelengthsNm, Mae.Mean, Mae.StandardDeviation, Mae.NoData, Mae.PixelSizeM),
    };

    /// <summary>A checkpoint of a fresh network, as a run writes it.</summary>
    internal static string Run(TemporaryFolder folder, ModelDescription description, long seed = 1)
    {
        using nn.Module model = description switch
        {
            { Segmentation: { } segmentation } => new SegmentationModel(segmentation, seed),
            { Mae: { } mae } => new MaskedAutoencoder(mae, seed),
            { Classification: { } classification } => new ClassificationModel(classification, seed),
            { Regression: { } regression } => new RegressionModel(regression, seed),
            _ => throw new ArgumentException("Runs have an objective or a task.", nameof(description)),
        };
        Write(folder.File("run.safetensors"), model, description);
        return folder.File("run.safetensors");
    }

    /// <summary>Writes a checkpoint as a run does.</summary>
    internal static void Write(string path, nn.Module model, ModelDescription description) => SafeTensorsFile.Write(
        path,
        model.state_dict().ToDictionary(pair => CheckpointFile.ModelPrefix + pair.Key, pair => pair.Value),
        new Dictionary<string, string> { [ModelDescription.MetadataKey] = description.ToJson() });
}
