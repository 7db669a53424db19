using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graph of a <see cref="SpectralResNet50"/>.</summary>
/// <param name="graph">Graph to add to.</param>
/// <param name="shape">Shape of the encoder.</param>
/// <param name="prefix">Beginning of its weights' names: empty, or "encoder.".</param>
/// <param name="isDilated">Whether dilations are in place of strides.</param>
internal sealed class ResNetGraph(OnnxGraph graph, EncoderConfig shape, string prefix, bool isDilated) : EncoderGraph(graph, shape, prefix)
{
    private static readonly long[] One = [1, 1], Two = [2, 2], None = [0, 0];

    /// <inheritdoc/>
    internal override string Feature(string pixels) => Mean(Stages(pixels)[^1]);

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Maps(string pixels, IReadOnlyList<int> layers)
    {
        var stages = Stages(pixels);
        return [.. layers.Select(layer => stages[layer])];
    }

    /// <inheritdoc/>
    internal override void Outputs(string pixels)
    {
        var (map, side) = (Stages(pixels)[^1], (long)Shape.MapSide(Shape.LayerCount - 1));
        Graph.Output(Mean(map), "feature", [Shape.FeatureWidth], "Mean of the map over the image.");
        Graph.Output(map, "map", [Shape.FeatureWidth, side, side], "Result of the last stage.");
    }

    private string Mean(string map) => Graph.Node("ReduceMean", [map], ("axes", (long[])[2, 3]), ("keepdims", 0L));

    private string[] Stages(string pixels)
    {
        var (value, stages) = (Shape.HasAdapter ? pixels : Stem(pixels), new string[Shape.LayerCount]);
        for (var stage = 0; stage < stages.Length; stage++)
        {
            // Behind a stem the first stage does not shrink the image, and the taps are spread one stage earlier.
            var stride = isDilated || (stage == 0 && !Shape.HasAdapter) ? One : Two;
            var dilation = isDilated ? 1L << (Shape.HasAdapter ? stage : stage + 1) : 1;
            for (var block = 0; block < SpectralResNet50.Bottlenecks[stage]; block++)
                value = Bottleneck(value, FormattableString.Invariant($"{Core}layer{stage + 1}.{block}."), isFirst: block == 0, block == 0 ? stride : One, dilation);
            stages[stage] = value;
        }

        return stages;
    }

    private string Stem(string images)
    {
        var value = Graph.NormalizedRelu(Graph.Convolution(images, Core + "conv1", bias: false, isDilated ? One : Two, [3, 3]), Core + "bn1");
        return isDilated ? value : Graph.Node("MaxPool", [value], ("kernel_shape", (long[])[3, 3]), ("strides", Two), ("pads", (long[])[1, 1, 1, 1]));
    }

    private string Bottleneck(string input, string name, bool isFirst, long[] stride, long dilation)
    {
        var value = Graph.NormalizedRelu(Graph.Convolution(input, name + "conv1", bias: false, One, None), name + "bn1");
        value = Graph.NormalizedRelu(Graph.Convolution(value, name + "conv2", bias: false, stride, [dilation, dilation], dilation), name + "bn2");
        value = Graph.Normalized(Graph.Convolution(value, name + "conv3", bias: false, One, None), name + "bn3");
        var shortcut = isFirst
            ? Graph.Normalized(Graph.Convolution(input, name + "downsample.0", bias: false, stride, None), name + "downsample.1")
            : input;
        return Graph.Node("Relu", [Graph.Node("Add", [value, shortcut])]);
    }
}
