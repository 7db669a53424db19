using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graph of an <see cref="Encoder"/>.</summary>
internal abstract class EncoderGraph
{
    /// <summary>The adapter's layers: place of the convolution in the reference's sequence, and its step along the spectrum.</summary>
    private static readonly (int Place, int Stride)[] AdapterLayers = [(0, 5), (3, 5), (6, 3)];

    private readonly string prefix;

    private protected EncoderGraph(OnnxGraph graph, EncoderConfig shape, string prefix) => (Graph, Shape, this.prefix) = (graph, shape, prefix);

    /// <summary>Graph to add to.</summary>
    private protected OnnxGraph Graph { get; }

    /// <summary>Shape of the encoder.</summary>
    private protected EncoderConfig Shape { get; }

    /// <summary>Beginning of the names of all weights but the adapter's.</summary>
    private protected string Core => prefix.Length == 0 ? ReferenceNames.ExportedCore(Shape) : prefix + ReferenceNames.Core(Shape);

    /// <summary>Makes the graph of an encoder.</summary>
    /// <param name="graph">Graph to add to.</param>
    /// <param name="shape">Shape of the encoder.</param>
    /// <param name="prefix">Beginning of its weights' names: empty of an encoder alone, or "encoder.".</param>
    /// <param name="isDilated">Whether a residual network has dilations in place of strides.</param>
    internal static EncoderGraph Create(OnnxGraph graph, EncoderConfig shape, string prefix, bool isDilated) =>
        shape.IsTransformer ? new ViTGraph(graph, shape, prefix) : new ResNetGraph(graph, shape, prefix, isDilated);

    /// <summary>What the network behind the adapter takes: features of each pixel [B, 128, H, W]; the images themselves if there is no adapter.</summary>
    internal string Pixels(string images) => !Shape.HasAdapter ? images : Shape.Adapter switch
    {
        AdapterForm.Reference => Convolutions(images),
        AdapterForm.Full => FunctionsOfWavelength(images, prefix + "spectral_adapter."),
        _ => throw new NotSupportedException($"Adapter {Shape.Adapter} has no ONNX graph."),
    };

    private string Convolutions(string images)
    {
        var value = Graph.Node("Unsqueeze", [images, Graph.Integers(1)]);                              // [B, 1, C, H, W]
        foreach (var (place, stride) in AdapterLayers)
        {
            var name = FormattableString.Invariant($"{prefix}spectral_adapter.{place}");
            var norm = FormattableString.Invariant($"{prefix}spectral_adapter.{place + 1}");
            value = Graph.NormalizedRelu(Graph.Convolution(value, name, bias: true, [stride, 1, 1], [1, 0, 0]), norm);
        }

        return Graph.Node("ReduceMean", [value], ("axes", (long[])[2]), ("keepdims", 0L));
    }

    /// <summary>Two linear layers on each pixel, the first made of the learned functions at the bands' wavelengths.</summary>
    private string FunctionsOfWavelength(string images, string name)
    {
        float[] transform = [.. SpectralAdapter.WavelengthTransform(Shape.WavelengthsNm!).Select(value => (float)value)];
        var cosines = Graph.Transpose(Graph.Constant(transform, Shape.Bands, transform.Length / Shape.Bands), 1, 0);        // [W, C]
        var hidden = OnPixels(Graph.Node("MatMul", [Graph.Weight(name + "response"), cosines]), images, name + "norm1");
        return OnPixels(Graph.Weight(name + "mix"), hidden, name + "norm2");

        string OnPixels(string matrix, string values, string norm) =>
            Graph.NormalizedRelu(Graph.Node("Conv", [values, Graph.Node("Unsqueeze", [matrix, Graph.Integers(2, 3)])]), norm);
    }

    /// <summary>Feature of each image, [B, D].</summary>
    /// <param name="pixels">Result of <see cref="Pixels"/>.</param>
    internal abstract string Feature(string pixels);

    /// <summary>Results of layers as images, as <see cref="Encoder.Maps"/> gives them.</summary>
    /// <param name="pixels">Result of <see cref="Pixels"/>.</param>
    /// <param name="layers">0-based layers.</param>
    internal abstract IReadOnlyList<string> Maps(string pixels, IReadOnlyList<int> layers);

    /// <summary>Declares what an encoder alone gives: its feature and what that was made of.</summary>
    /// <param name="pixels">Result of <see cref="Pixels"/>.</param>
    internal abstract void Outputs(string pixels);
}
