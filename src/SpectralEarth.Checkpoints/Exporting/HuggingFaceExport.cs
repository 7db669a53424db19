using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SpectralEarth.Models;
using SpectralEarth.Storage;

namespace SpectralEarth.Checkpoints.Exporting;

/// <summary>A folder as on the Hugging Face hub: config.json, model.safetensors (with an index if there are several), README.md.</summary>
internal static class HuggingFaceExport
{
    private const string ConfigName = "config.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes <paramref name="model"/> to a folder, in place of an earlier export.</summary>
    /// <returns>Files written.</returns>
    /// <exception cref="IOException">The folder holds other files or cannot be written to, or the disk is full.</exception>
    internal static IReadOnlyList<string> Write(ExportedModel model, string target)
    {
        RequireOwn(target);
        Directory.CreateDirectory(target);
        var weights = ShardedSafeTensors.Write(target, model.Tensors, model.Metadata, model.Options.MostBytesPerFile);
        foreach (var old in Directory.GetFiles(target).Where(ShardedSafeTensors.IsOwn).Except(weights))
            File.Delete(old);       // of an earlier export with another number of shards
        var (config, card) = (Path.Combine(target, ConfigName), Path.Combine(target, "README.md"));
        AtomicFile.WriteText(config, Config(model).ToJsonString(Indented) + "\n");
        AtomicFile.WriteText(card, ModelCard.Of(model));
        return [.. weights, config, card];
    }

    /// <summary>Refuses a folder that holds anything but an earlier export.</summary>
    private static void RequireOwn(string target)
    {
        var config = Path.Combine(target, ConfigName);
        // Weights alone are an export that was cut short.
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any(path => !ShardedSafeTensors.IsOwn(path)) && !(File.Exists(config) && File.ReadAllText(config).Contains($"\"{ModelDescription.MetadataKey}\"", StringComparison.Ordinal)))
            throw new IOException($"{target}: the folder holds other files than those of an export, which might be replaced. Choose another --out.");
    }

    /// <summary>Keys of transformers' ViTConfig or ResNetConfig where they exist, and our whole description under its own key.</summary>
    private static JsonObject Config(ExportedModel model)
    {
        var (description, shape) = (model.Description, model.Description.Encoder);
        var architecture = JsonNamingPolicy.SnakeCaseLower.ConvertName(shape.Architecture.ToString());
        var config = new JsonObject
        {
            ["model_type"] = shape.IsTransformer ? shape.HasAdapter ? "spectral_vit" : "vit" : shape.HasAdapter ? "spectral_resnet" : "resnet",
            ["architecture"] = architecture,
            ["architectures"] = new JsonArray(shape.IsTransformer ? shape.HasAdapter ? "SpectralViT" : "VisionTransformer" : shape.HasAdapter ? "SpectralResNet50" : "ResNet"),
            ["torch_dtype"] = ModelCard.TypeName(model.Options.Type),
            ["image_size"] = shape.PatchSize,
            ["num_channels"] = shape.Bands,
        };
        if (shape.HasAdapter)
            config["spectral_adapter"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(shape.Adapter.ToString());
        foreach (var (key, value) in shape.IsTransformer ? Transformer(shape) : ResNet(shape))
            config[key] = value;
        if (description.Classes.Count > 0)
            config["id2label"] = Labels(description.Classes.Select(item => item.Name));
        if (description.Targets.Count > 0)
            config["id2label"] = Labels(description.Targets.Select(item => item.Name));
        if (description is { Classification: { } classification })
            config["problem_type"] = classification.MultiLabel ? "multi_label_classification" : "single_label_classification";
        if (description is { Regression: not null })
            config["problem_type"] = "regression";
        config[ModelDescription.MetadataKey] = JsonNode.Parse(description.ToJson());
        return config;
    }

    private static IEnumerable<(string Key, JsonNode Value)> Transformer(EncoderConfig shape) =>
    [
        ("patch_size", shape.TokenSize),
        ("hidden_size", shape.Width),
        ("num_hidden_layers", shape.Depth),
        ("num_attention_heads", shape.Heads),
        ("intermediate_size", (int)(shape.Width * shape.MlpRatio)),
        ("hidden_act", "gelu"),
        ("layer_norm_eps", 1e-6),
        ("qkv_bias", true),
    ];

    private static IEnumerable<(string Key, JsonNode Value)> ResNet(EncoderConfig shape) =>
    [
        ("hidden_sizes", new JsonArray([.. Enumerable.Range(0, shape.LayerCount).Select(layer => (JsonNode)shape.MapWidth(layer))])),
        ("depths", new JsonArray([.. SpectralResNet50.Bottlenecks.Select(count => (JsonNode)count)])),
        ("layer_type", "bottleneck"),
        ("hidden_act", "relu"),
        ("downsample_in_first_stage", shape.HasAdapter),
    ];

    private static JsonObject Labels(IEnumerable<string> names) =>
        new(names.Select((name, i) => KeyValuePair.Create(i.ToString(CultureInfo.InvariantCulture), (JsonNode?)name)));
}
