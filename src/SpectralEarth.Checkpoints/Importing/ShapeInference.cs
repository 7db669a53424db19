using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.Importing;

/// <summary>What the shapes of foreign weights tell about their model.</summary>
internal sealed class ShapeInference(LocatedWeights weights, MaeConfig? model)
{
    private const string Projection = "encoder.vit_core.patch_embed.proj.weight", Positions = "encoder.vit_core.pos_embed";
    private const string Prediction = "decoder.decoder_pred.weight", Embedding = "decoder.decoder_embed.weight";

    /// <summary>Heads of the published widths: shapes do not show them (reference code, backbone registry).</summary>
    private static readonly Dictionary<long, int> EncoderHeads = new() { [192] = 3, [384] = 6, [768] = 12, [1024] = 16, [1280] = 16, [1536] = 24 };

    /// <summary>Width and heads of the reference's decoder.</summary>
    private const int DecoderWidth = 512, DecoderHeads = 16;

    /// <summary>True if the decoder of a masked autoencoder is in the file and its heads are known.</summary>
    internal bool HasDecoder => weights.Names.ContainsKey(Prediction) && weights.Shape(Embedding) is [var width, _]
        && (model is not null || width == DecoderWidth);

    /// <summary>Shape of the encoder as it is in the file.</summary>
    /// <param name="bands">Bands that are assumed where neither the decoder nor the settings in the file tell.</param>
    /// <exception cref="CheckpointException">The file holds no such encoder, or another one than the recipe.</exception>
    internal EncoderConfig Encoder(int bands)
    {
        if (weights.Shape(Projection) is not [var width, SpectralAdapter.Features, var token, _] || weights.Shape(Positions) is not [1, var rows, _])
        {
            throw Unfit($"it holds no spectral ViT: tensors \"{Projection["encoder.".Length..]}\" of [width, {SpectralAdapter.Features}, token, token] and " +
                $"\"{Positions["encoder.".Length..]}\" are needed. {(weights.File.Names.Any(name => name.Contains("resnet.", StringComparison.Ordinal)) ? "Spectral ResNets are not read." : "Its names begin so:")} " +
                string.Join(", ", weights.File.Names.Take(3)));
        }

        var side = (int)Math.Sqrt(rows - 1);
        if ((side * side) + 1 != rows)
            throw Unfit($"tensor \"{weights.Names[Positions]}\" has {rows} positions, which are no square of tokens and a class token");
        var shape = new EncoderConfig
        {
            Bands = Bands((int)token) ?? bands,
            PatchSize = side * (int)token,
            TokenSize = (int)token,
            Width = (int)width,
            Depth = Depth("encoder.vit_core.blocks."),
            Heads = model?.Encoder.Heads ?? (EncoderHeads.TryGetValue(width, out var heads) ? heads
                : throw Unfit($"width {width} is none of the published ones ({string.Join(", ", EncoderHeads.Keys)}), so the number of attention heads is unknown. Give --recipe")),
            MlpRatio = weights.Shape("encoder.vit_core.blocks.0.mlp.fc1.weight") is [var hidden, _] ? (double)hidden / width : 4,
        };
        shape = shape with { Positions = AreSineCosine(shape) ? PositionalEmbedding.SineCosine : PositionalEmbedding.Learned };
        if (model is { Encoder: var wanted } && (wanted.Width, wanted.Depth, wanted.TokenSize) != (shape.Width, shape.Depth, shape.TokenSize))
        {
            throw Unfit($"its encoder has width {shape.Width}, depth {shape.Depth}, tokens of {shape.TokenSize} pixels, but the recipe says " +
                $"{wanted.Width}, {wanted.Depth}, {wanted.TokenSize}. Give the recipe of this model, or none");
        }

        return shape;
    }

    /// <summary>The masked autoencoder around an encoder.</summary>
    internal MaeConfig Autoencoder(EncoderConfig encoder) => (model ?? new MaeConfig { AdapterInput = AdapterInput.All, DecoderHeads = DecoderHeads }) with
    {
        Encoder = encoder,
        DecoderWidth = (int)weights.Shape(Embedding)![0],
        DecoderDepth = Depth("decoder.decoder_blocks."),
    };

    /// <summary>Bands that the file was made for, if it tells: by the decoder's output, or by the settings of the reference's training.</summary>
    internal int? Bands(int token) =>
        weights.Shape(Prediction) is [var values, _] && values % (token * token) == 0 ? (int)(values / (token * token))
        : weights.File.Metadata.TryGetValue("hyper_parameters.in_channels", out var text) && int.TryParse(text, out var channels) ? channels : null;

    private int Depth(string prefix) => weights.Names.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
        .Select(key => key[prefix.Length..].Split('.')[0]).Distinct().Count();

    /// <summary>Whether positions are the fixed ones of a masked autoencoder, but for rounding.</summary>
    private bool AreSineCosine(EncoderConfig shape)
    {
        if (shape.Width % 4 != 0)
            return false;
        using var scope = NewDisposeScope();
        var difference = weights.File.Read(weights.Names[Positions]).to(ScalarType.Float32) - SpectralViT.FixedPositions(shape);
        return difference.abs().max().item<float>() < 1e-2;     // float16 rounds to 5e-4, learned positions differ by about 1
    }

    private CheckpointException Unfit(string fault) => new($"{weights.File.Path}: {fault}.");
}
