using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

/// <summary>Writes checkpoints as pretraining and fine-tuning do, with weights from a seed.</summary>
internal static class TinyEncoder
{
    public static EncoderConfig Config { get; } = new() { Bands = LabelledDataset.Bands, PatchSize = LabelledDataset.PatchSize, TokenSize = 4, Width = 16, Depth = 1, Heads = 2 };

    /// <summary>A checkpoint of a masked autoencoder for <see cref="LabelledDataset"/>.</summary>
    public static string WriteMae(string path, EncoderConfig? config = null, long seed = 3)
    {
        var mae = new MaeConfig { Encoder = config ?? Config, DecoderWidth = 16, DecoderDepth = 1, DecoderHeads = 2, MaskRatio = 0.5 };
        using var network = new MaskedAutoencoder(mae, seed);
        var bands = mae.Encoder.Bands;
        Write(path, network, new ModelDescription
        {
            Architecture = ModelDescription.MaeArchitecture,
            Mae = mae,
            Bands = [.. Enumerable.Range(1, bands)],
            WavelengthsNm = [.. Enumerable.Range(0, bands).Select(channel => 420 + (6.5 * channel))],
            Mean = [.. Enumerable.Repeat(1500.0, bands)],
            StandardDeviation = [.. Enumerable.Repeat(1000.0, bands)],
            NoData = short.MinValue,
            PixelSizeM = 30,
            Provenance = new Provenance("test", "tiny.yaml", "none", 0),
        });
        return path;
    }

    /// <summary>A checkpoint of an encoder alone, for the bands and patches of a data set.</summary>
    public static string WriteFor(string path, Dataset dataset)
    {
        var data = dataset.Manifest;
        var config = Config with { Bands = data.Bands.Count, PatchSize = data.PatchSize };
        using var model = Encoder.Create(config, 3);
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(path, model.state_dict().ToDictionary(item => "model.encoder." + item.Key, item => item.Value), new Dictionary<string, string>
        {
            [ModelDescription.MetadataKey] = new ModelDescription
            {
                Architecture = ModelDescription.EncoderOnlyArchitecture,
                EncoderOnly = config,
                Bands = data.Bands,
                WavelengthsNm = data.WavelengthsNm,
                Mean = [.. data.Statistics.Select(channel => channel.Mean)],
                StandardDeviation = [.. data.Statistics.Select(channel => channel.StandardDeviation)],
                NoData = data.NoData,
                PixelSizeM = data.PixelSizeM,
                Provenance = new Provenance("test", "tiny.yaml", "none", 0),
            }.ToJson(),
        });
        return path;
    }

    /// <summary>Writes a network and its description.</summary>
    public static void Write(string path, nn.Module network, ModelDescription description)
    {
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(path, network.state_dict().ToDictionary(item => "model." + item.Key, item => item.Value),
            new Dictionary<string, string> { [ModelDescription.MetadataKey] = description.ToJson() });
    }
}
