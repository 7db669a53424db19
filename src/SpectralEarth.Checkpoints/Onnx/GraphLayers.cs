namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>Layers that occur several times, from weights under torch's names.</summary>
internal static class GraphLayers
{
    private const float BatchNormEpsilon = 1e-5f;
    private const float LayerNormEpsilon = 1e-6f;

    /// <summary>Convolution <c>name.weight</c>, and <c>name.bias</c> if it has one.</summary>
    /// <param name="graph">Graph to add to.</param>
    /// <param name="input">[B, In, sizes].</param>
    /// <param name="name">Beginning of the weights' names.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="strides">Step in each dimension.</param>
    /// <param name="padding">Zeros at both ends of each dimension.</param>
    /// <param name="dilation">Distance of the taps, in every dimension.</param>
    internal static string Convolution(this OnnxGraph graph, string input, string name, bool bias, long[] strides, long[] padding, long dilation = 1)
    {
        string[] inputs = [input, graph.Weight(name + ".weight"), .. bias ? [graph.Weight(name + ".bias")] : Array.Empty<string>()];
        (string, object)[] dilations = dilation == 1 ? [] : [("dilations", (long[])[.. strides.Select(_ => dilation)])];
        return graph.Node("Conv", inputs, [("strides", strides), ("pads", (long[])[.. padding, .. padding]), .. dilations]);
    }

    /// <summary>Batch normalisation by the tracked statistics, then ReLU.</summary>
    internal static string NormalizedRelu(this OnnxGraph graph, string input, string name) => graph.Node("Relu", [graph.Normalized(input, name)]);

    /// <summary>Batch normalisation by the tracked statistics.</summary>
    internal static string Normalized(this OnnxGraph graph, string input, string name)
    {
        string[] weights = [graph.Weight(name + ".weight"), graph.Weight(name + ".bias"), graph.Weight(name + ".running_mean"), graph.Weight(name + ".running_var")];
        return graph.Node("BatchNormalization", [input, .. weights], ("epsilon", BatchNormEpsilon));
    }

    /// <summary>Layer normalisation over the last dimension.</summary>
    internal static string LayerNorm(this OnnxGraph graph, string input, string name) =>
        graph.Node("LayerNormalization", [input, graph.Weight(name + ".weight"), graph.Weight(name + ".bias")], ("axis", -1L), ("epsilon", LayerNormEpsilon));

    /// <summary>Linear layer on rows, [M, In] to [M, Out].</summary>
    internal static string Linear(this OnnxGraph graph, string input, string name) =>
        graph.Node("Gemm", [input, graph.Weight(name + ".weight"), graph.Weight(name + ".bias")], ("transB", 1L));

    /// <summary>Exact GELU, in the form that runtimes know and replace by one operator: x / sqrt(2), erf, + 1, * x, / 2.</summary>
    internal static string Gelu(this OnnxGraph graph, string input)
    {
        var erf = graph.Node("Erf", [graph.Node("Div", [input, graph.Constant([MathF.Sqrt(2)])])]);
        var product = graph.Node("Mul", [input, graph.Node("Add", [erf, graph.Constant([1f])])]);
        return graph.Node("Mul", [product, graph.Constant([0.5f])]);
    }

    /// <summary>Another shape with the same numbers; -1 is the size that follows from the others, 0 the input's own.</summary>
    internal static string Reshape(this OnnxGraph graph, string input, params long[] shape) =>
        graph.Node("Reshape", [input, graph.Integers(shape)]);

    /// <summary>Another order of dimensions.</summary>
    internal static string Transpose(this OnnxGraph graph, string input, params long[] order) =>
        graph.Node("Transpose", [input], ("perm", order));

    /// <summary>Bilinear resizing of square images [B, C, from, from], pixels as areas (torch's <c>align_corners=False</c>).</summary>
    internal static string Resize(this OnnxGraph graph, string input, int from, int to)
    {
        if (from == to)
            return input;
        // The runtime multiplies and rounds down: the factor must not fall short of the size by an error of rounding.
        var factor = (float)to / from;
        while ((long)(factor * from) < to)
            factor = MathF.BitIncrement(factor);
        return graph.Node("Resize", [input, "", graph.Constant([1, 1, factor, factor], 4)], ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel"));
    }
}
