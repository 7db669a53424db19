using System.Text.Json;
using System.Text.Json.Nodes;
using SpectralEarth.Storage;

namespace SpectralEarth.Checkpoints.Exporting;

/// <summary>A folder as on the Hugging Face hub: config.json, model.safetensors (with an index if there are several), README.md.</summary>
internal sealed class HuggingFaceExport : IExportFormat
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <inheritdoc/>
    public IReadOnlyList<string> Write(ExportedModel model, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var old in Directory.GetFiles(target, "model*.safetensors").Concat(Directory.GetFiles(target, "model" + ShardedSafeTensors.IndexSuffix)))
            File.Delete(old);       // files of an earlier export with another number of shards
        var weights = ShardedSafeTensors.Write(target, model.Tensors, model.Metadata, model.Options.MostBytesPerFile);
        var (config, card) = (Path.Combine(target, "config.json"), Path.Combine(target, "README.md"));
        AtomicFile.WriteText(config, Config(model).ToJsonString(Indented) + "\n");
        AtomicFile.WriteText(card, ModelCard.Of(model));
        return [.. weights, config, card];
    }

    /// <summary>Keys of transformers' ViTConfig where they exist, and our whole description under its own key.</summary>
    private static JsonObject Config(ExportedModel model)
    {
        var (description, shape) = (model.Description, model.Description.Encoder);
        var config = new JsonObject
        {
            ["model_type"] = "spectral_vit",
            ["architectures"] = new JsonArray("SpectralViT"),
            ["torch_dtype"] = ModelCard.TypeName(model.Options.Type),
            ["image_size"] = shape.PatchSize,
            ["patch_size"] = shape.TokenSize,
            ["num_channels"] = shape.Bands,
            ["hidden_size"] = shape.Width,
            ["num_hidden_layers"] = shape.Depth,
            ["num_attention_heads"] = shape.Heads,
            ["intermediate_size"] = (int)(shape.Width * shape.MlpRatio),
            ["hidden_act"] = "gelu",
            ["layer_norm_eps"] = 1e-6,
            ["qkv_bias"] = true,
        };
        if (description.Classes.Count > 0)
            config["id2label"] = new JsonObject(description.Classes.Select((item, i) => KeyValuePair.Create(FormattableString.Invariant($"{i}"), (JsonNode?)item.Name)));
        config[ModelDescription.MetadataKey] = JsonNode.Parse(description.ToJson());
        return config;
    }
}
