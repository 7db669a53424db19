using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graph of a <see cref="SegmentationModel"/>'s decoder.</summary>
/// <param name="graph">Graph to add to.</param>
/// <param name="config">Shape of the network.</param>
internal sealed class DecoderGraph(OnnxGraph graph, SegmentationConfig config)
{
    private const string Prefix = "decoder.";
    private static readonly long[] One = [1, 1], None = [0, 0];

    /// <summary>A class per pixel.</summary>
    /// <param name="tokens">Normed patch tokens as an image, [B, D, h, w].</param>
    /// <param name="pixels">Adapter features, [B, 128, H, W].</param>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <returns>Logits, [B, L, H, W].</returns>
    internal string Logits(string tokens, string pixels, string images) => config.Decoder switch
    {
        SegmentationDecoder.Fusion => Fusion(tokens, pixels, images),
        SegmentationDecoder.Conv => Upsampling(tokens),
        SegmentationDecoder.Linear => graph.Enlarge(Pointwise(tokens, "classify", bias: true), config.Encoder.TokenSize),
        _ => throw new NotSupportedException($"Decoder {config.Decoder} has no ONNX graph."),
    };

    private string Fusion(string tokens, string pixels, string images)
    {
        var context = graph.Enlarge(Pointwise(tokens, "context", bias: false), config.Encoder.TokenSize);
        var joined = graph.NormalizedRelu(graph.Node("Add", [Pointwise(pixels, "detail", bias: false), context]), Prefix + "join_norm");
        var mixed = graph.NormalizedRelu(graph.Convolution(joined, Prefix + "mix", bias: false, One, One), Prefix + "mix_norm");
        var surroundings = graph.Node("Concat", [images, Mean(images, 3), Mean(images, 5)], ("axis", 1L));
        return graph.Node("Add", [Pointwise(mixed, "classify", bias: true), Pointwise(surroundings, "spectral", bias: false)]);
    }

    /// <summary>Stages of upsampling by 2 and a 3 x 3 convolution; four layers each in the sequence, the last without norm.</summary>
    private string Upsampling(string tokens)
    {
        var stages = int.Log2(config.Encoder.TokenSize);
        for (var stage = 0; stage < stages; stage++)
        {
            tokens = graph.Convolution(graph.Enlarge(tokens, 2), Layer(stage, 1), bias: true, One, One);
            if (stage < stages - 1)
                tokens = graph.NormalizedRelu(tokens, Layer(stage, 2));
        }

        return tokens;

        static string Layer(int stage, int place) => FormattableString.Invariant($"{Prefix}layers.{(4 * stage) + place}");
    }

    private string Pointwise(string input, string name, bool bias) => graph.Convolution(input, Prefix + name, bias, One, None);

    /// <summary>Mean over the pixels of a window, which ends at the image's edge.</summary>
    private string Mean(string images, long side) => graph.Node("AveragePool", [images],
        ("kernel_shape", (long[])[side, side]), ("strides", One), ("pads", (long[])[side / 2, side / 2, side / 2, side / 2]), ("count_include_pad", 0L));
}
