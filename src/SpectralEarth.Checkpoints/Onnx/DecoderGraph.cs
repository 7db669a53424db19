using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graph of a <see cref="SegmentationModel"/>'s decoder.</summary>
/// <param name="graph">Graph to add to.</param>
/// <param name="config">Shape of the network.</param>
internal sealed class DecoderGraph(OnnxGraph graph, SegmentationConfig config)
{
    private const string Prefix = "decoder.";
    private static readonly long[] One = [1, 1], None = [0, 0];

    private readonly EncoderConfig encoder = config.Encoder;

    /// <summary>A class per pixel.</summary>
    /// <param name="maps">Maps of the layers that the decoder wants, [B, D, h, w].</param>
    /// <param name="pixels">Adapter features, [B, 128, H, W].</param>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <returns>Logits, [B, L, H, W].</returns>
    internal string Logits(IReadOnlyList<string> maps, string pixels, string images) => config.Decoder switch
    {
        SegmentationDecoder.Fusion => Fusion(maps[^1], pixels, images),
        SegmentationDecoder.Conv => Upsampling(maps[^1]),
        SegmentationDecoder.Linear => Enlarged(Pointwise(maps[^1], "classify", bias: true)),
        SegmentationDecoder.Fcn => FullyConvolutional(maps[^1]),
        SegmentationDecoder.Upernet => new UpernetGraph(graph, config, Prefix).Logits(maps),
        _ => throw new NotSupportedException($"Decoder {config.Decoder} has no ONNX graph."),
    };

    private string Fusion(string map, string pixels, string images)
    {
        var context = Enlarged(Pointwise(map, "context", bias: false));
        var joined = graph.NormalizedRelu(graph.Node("Add", [Pointwise(pixels, "detail", bias: false), context]), Prefix + "join_norm");
        var mixed = graph.NormalizedRelu(graph.Convolution(joined, Prefix + "mix", bias: false, One, One), Prefix + "mix_norm");
        var spectral = graph.Node("Sum", [Spectral(images, 0), Mean(Spectral(images, 1), 3), Mean(Spectral(images, 2), 5)]);
        var linear = graph.Node("Add", [spectral, Enlarged(Pointwise(map, "token", bias: false))]);
        return graph.Node("Add", [Pointwise(mixed, "classify", bias: true), linear]);
    }

    /// <summary>Stages of upsampling by 2 and a 3 x 3 convolution; four layers each in the sequence, the last without norm.</summary>
    private string Upsampling(string map)
    {
        var side = encoder.MapSide(encoder.LayerCount - 1);
        for (var place = 1; side < encoder.PatchSize; place += 4, side *= 2)
        {
            map = graph.Convolution(graph.Resize(map, side, 2 * side), Layer(place), bias: true, One, One);
            if (2 * side < encoder.PatchSize)
                map = graph.NormalizedRelu(map, Layer(place + 1));
        }

        return map;
    }

    private string FullyConvolutional(string map)
    {
        var hidden = graph.NormalizedRelu(graph.Convolution(map, Layer(0), bias: false, One, One), Layer(1));
        return graph.Convolution(hidden, Layer(3), bias: true, One, None);
    }

    private string Enlarged(string map) => graph.Resize(map, encoder.MapSide(encoder.LayerCount - 1), encoder.PatchSize);

    private string Pointwise(string input, string name, bool bias) => graph.Convolution(input, Prefix + name, bias, One, None);

    /// <summary>Scores by one third of the linear classifier's weights: those of the spectrum, of the means over 3 x 3 or of those over 5 x 5 pixels.</summary>
    private string Spectral(string images, long third)
    {
        var kernels = graph.Node("Slice",
            [graph.Weight(Prefix + "spectral.weight"), graph.Integers(third * encoder.Bands), graph.Integers((third + 1) * encoder.Bands), graph.Integers(1)]);
        return graph.Node("Conv", [images, kernels]);
    }

    /// <summary>Mean over the pixels of a window, which ends at the image's edge.</summary>
    private string Mean(string images, long side) => graph.Node("AveragePool", [images],
        ("kernel_shape", (long[])[side, side]), ("strides", One), ("pads", (long[])[side / 2, side / 2, side / 2, side / 2]), ("count_include_pad", 0L));

    private static string Layer(int place) => FormattableString.Invariant($"{Prefix}layers.{place}");
}
