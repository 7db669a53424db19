using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.Importing;

/// <summary>What the shapes of foreign weights tell about their model.</summary>
internal sealed class ShapeInference(LocatedWeights weights, MaeConfig? model)
{
    private const string Projection = "encoder.vit_core.patch_embed.proj.weight", Positions = "encoder.vit_core.pos_embed";
    private const string Adapter = "encoder.spectral_adapter.", Stem = "encoder.resnet.conv1.weight";
    private const string Prediction = "decoder.decoder_pred.weight", Embedding = "decoder.decoder_embed.weight";

    /// <summary>Heads of the published widths: shapes do not show them (reference code, backbone registry).</summary>
    private static readonly Dictionary<long, int> EncoderHeads = new() { [192] = 3, [384] = 6, [768] = 12, [1024] = 16, [1280] = 16, [1536] = 24 };

    /// <summary>Width and heads of the reference's decoder.</summary>
    private const int DecoderWidth = 512, DecoderHeads = 16;

    /// <summary>True if the decoder of a masked autoencoder is in the file and its heads are known.</summary>
    internal bool HasDecoder => weights.Names.ContainsKey(Prediction) && weights.Shape(Embedding) is [var width, _]
        && (model is not null || width == DecoderWidth);

    /// <summary>Shape of the encoder as it is in the file.</summary>
    /// <param name="bands">Bands that are assumed where nothing in the file tells.</param>
    /// <exception cref="CheckpointException">The file holds no such encoder, or another one than the recipe.</exception>
    internal EncoderConfig Encoder(int bands)
    {
        var shape = weights.Has("encoder.resnet.layer1.") ? ResNet() : Transformer();
        shape = shape with { Bands = Bands(shape) ?? bands };
        if (model is { Encoder: var wanted } && (wanted.Architecture, wanted.Width, wanted.Depth, wanted.TokenSize) != (shape.Architecture, shape.Width, shape.Depth, shape.TokenSize))
            throw Unfit($"its encoder is {shape.Summary}, but the recipe's {wanted.Summary}. Give the recipe of this model, or none");
        return shape;
    }

    private EncoderConfig ResNet() => new()
    {
        Architecture = weights.Has(Adapter) ? EncoderArchitecture.SpecResnet50 : EncoderArchitecture.Resnet50,
    };

    private EncoderConfig Transformer()
    {
        var hasAdapter = weights.Has(Adapter);
        if (weights.Shape(Projection) is not [var width, var channels, var token, _] || weights.Shape(Positions) is not [1, var rows, _]
            || (hasAdapter && channels != SpectralAdapter.Features))
        {
            throw Unfit($"it holds no encoder of this program: of a transformer, tensors \"{Projection["encoder.".Length..]}\" of [width, {SpectralAdapter.Features}, token, token] " +
                $"(the bands in place of {SpectralAdapter.Features} without spectral adapter) and \"{Positions["encoder.".Length..]}\" are needed, of a residual network \"resnet.layer1.*\". " +
                $"Its names begin so: {string.Join(", ", weights.File.Names.Take(3))}");
        }

        var side = (int)Math.Sqrt(rows - 1);
        if ((side * side) + 1 != rows)
            throw Unfit($"tensor \"{weights.Names[Positions]}\" has {rows} positions, which are no square of tokens and a class token");
        var shape = new EncoderConfig
        {
            Architecture = hasAdapter ? EncoderArchitecture.SpecVit : EncoderArchitecture.Vit,
            PatchSize = side * (int)token,
            TokenSize = (int)token,
            Width = (int)width,
            Depth = Depth("encoder.vit_core.blocks."),
            Heads = model?.Encoder.Heads ?? (EncoderHeads.TryGetValue(width, out var heads) ? heads
                : throw Unfit($"width {width} is none of the published ones ({string.Join(", ", EncoderHeads.Keys)}), so the number of attention heads is unknown. Give --recipe")),
            MlpRatio = weights.Shape("encoder.vit_core.blocks.0.mlp.fc1.weight") is [var hidden, _] ? (double)hidden / width : 4,
        };
        return shape with { Positions = AreSineCosine(shape) ? PositionalEmbedding.SineCosine : PositionalEmbedding.Learned };
    }

    /// <summary>The masked autoencoder around an encoder.</summary>
    internal MaeConfig Autoencoder(EncoderConfig encoder) => (model ?? new MaeConfig { AdapterInput = AdapterInput.All, DecoderHeads = DecoderHeads }) with
    {
        Encoder = encoder,
        DecoderWidth = (int)weights.Shape(Embedding)![0],
        DecoderDepth = Depth("decoder.decoder_blocks."),
    };

    /// <summary>
    /// Bands that the file was made for, if it tells: by the first layer where there is no adapter, by the decoder's output, or by the settings of
    /// the reference's training.
    /// </summary>
    internal int? Bands(EncoderConfig shape)
    {
        if (!shape.HasAdapter)
            return (int?)weights.Shape(shape.IsTransformer ? Projection : Stem)?[1];
        var pixels = shape.TokenSize * shape.TokenSize;
        return weights.Shape(Prediction) is [var values, _] && values % pixels == 0 ? (int)(values / pixels)
            : weights.File.Metadata.TryGetValue("hyper_parameters.in_channels", out var text) && int.TryParse(text, out var channels) ? channels : null;
    }

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
