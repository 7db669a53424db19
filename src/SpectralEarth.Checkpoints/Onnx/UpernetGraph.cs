using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graph of a UPerNet decoder.</summary>
/// <param name="graph">Graph to add to.</param>
/// <param name="config">Shape of the network.</param>
/// <param name="prefix">Beginning of the decoder's weights' names.</param>
internal sealed class UpernetGraph(OnnxGraph graph, SegmentationConfig config, string prefix)
{
    private static readonly long[] One = [1, 1], None = [0, 0];

    private readonly IReadOnlyList<int> sides = config.PyramidSides;

    /// <summary>A class per pixel.</summary>
    /// <param name="maps">Maps of the four layers, shallow ones first, [B, D, h, w].</param>
    /// <returns>Logits, [B, L, H, W].</returns>
    internal string Logits(IReadOnlyList<string> maps)
    {
        var last = maps.Count - 1;
        var from = config.Taps.Select(config.Encoder.MapSide).ToArray();
        var above = Pooling(graph.Resize(maps[last], from[last], sides[last]), sides[last]);
        var levels = new List<string> { graph.Resize(above, sides[last], sides[0]) };
        for (var i = last - 1; i >= 0; i--)
        {
            var own = graph.Resize(Block(maps[i], Name("lateral", i), kernel: 1), from[i], sides[i]);
            above = graph.Node("Add", [own, graph.Resize(above, sides[i + 1], sides[i])]);
            levels.Add(graph.Resize(Block(above, Name("smooth", i), kernel: 3), sides[i], sides[0]));
        }

        var fused = Block(graph.Node("Concat", levels, ("axis", 1L)), prefix + "fuse", kernel: 3);
        var logits = graph.Convolution(fused, prefix + "classify", bias: true, One, None);
        return graph.Resize(logits, sides[0], config.Encoder.PatchSize);
    }

    private string Pooling(string map, int side)
    {
        var all = new List<string> { map };
        foreach (var (i, cells) in SegmentationConfig.PoolingCells.Index())
        {
            var pooled = graph.Convolution(Means(map, side, cells), Name("pooling.branches", i), bias: true, One, None);
            all.Add(graph.Resize(graph.Node("Relu", [pooled]), cells, side));
        }

        return Block(graph.Node("Concat", all, ("axis", 1L)), prefix + "pooling.join", kernel: 3);
    }

    /// <summary>
    /// Means over cells of [B, D, side, side], [B, D, cells, cells], as torch's adaptive pooling: ONNX has none, but with sizes that are known
    /// it is a product with one matrix from each side.
    /// </summary>
    private string Means(string map, int side, int cells)
    {
        var (rows, columns) = (new float[cells * side], new float[side * cells]);
        for (var cell = 0; cell < cells; cell++)
        {
            var (begin, end) = (cell * side / cells, ((((cell + 1) * side) + cells - 1) / cells));
            for (var i = begin; i < end; i++)
                rows[(cell * side) + i] = columns[(i * cells) + cell] = 1f / (end - begin);
        }

        return graph.Node("MatMul", [graph.Node("MatMul", [graph.Constant(rows, cells, side), map]), graph.Constant(columns, side, cells)]);
    }

    private string Block(string input, string name, int kernel) =>
        graph.NormalizedRelu(graph.Convolution(input, name + ".conv", bias: false, One, kernel == 1 ? None : One), name + ".norm");

    private string Name(string list, int i) => FormattableString.Invariant($"{prefix}{list}.{i}");
}
