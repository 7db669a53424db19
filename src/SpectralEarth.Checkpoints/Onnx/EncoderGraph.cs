using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graph of a <see cref="SpectralViT"/> without head.</summary>
/// <param name="graph">Graph to add to.</param>
/// <param name="shape">Shape of the encoder.</param>
/// <param name="prefix">Beginning of its weights' names: empty, or "encoder.".</param>
internal sealed class EncoderGraph(OnnxGraph graph, EncoderConfig shape, string prefix)
{
    /// <summary>The adapter's layers: place of the convolution in the reference's sequence, and its step along the spectrum.</summary>
    private static readonly (int Place, int Stride)[] AdapterLayers = [(0, 5), (3, 5), (6, 3)];

    private readonly string core = prefix + "vit_core.";
    private readonly int length = shape.Tokens + 1;

    /// <summary>Spectral adapter, [B, C, H, W] to [B, 128, H, W]; the images themselves if there is none.</summary>
    internal string PixelFeatures(string images)
    {
        if (!shape.HasAdapter)
            return images;
        var value = graph.Node("Unsqueeze", [images, graph.Integers(1)]);                              // [B, 1, C, H, W]
        foreach (var (place, stride) in AdapterLayers)
        {
            var name = FormattableString.Invariant($"{prefix}spectral_adapter.{place}");
            var norm = FormattableString.Invariant($"{prefix}spectral_adapter.{place + 1}");
            value = graph.NormalizedRelu(graph.Convolution(value, name, bias: true, [stride, 1, 1], [1, 0, 0]), norm);
        }

        return graph.Node("ReduceMean", [value], ("axes", (long[])[2]), ("keepdims", 0L));
    }

    /// <summary>All tokens after the final norm, class token first, [B, 128, H, W] to [B, 1 + N, D].</summary>
    internal string Tokens(string pixels)
    {
        // Rows of all images one after the other, [B * (1 + N), D], are what linear layers take.
        var rows = graph.Reshape(Embed(pixels), -1, shape.Width);
        for (var i = 0; i < shape.Depth; i++)
            rows = Block(rows, FormattableString.Invariant($"{core}blocks.{i}."));
        return graph.Reshape(graph.LayerNorm(rows, core + "norm"), -1, length, shape.Width);
    }

    /// <summary>Class token of [B, 1 + N, D], [B, D].</summary>
    internal string ClassToken(string tokens) =>
        graph.Reshape(graph.Node("Slice", [tokens, graph.Integers(0), graph.Integers(1), graph.Integers(1)]), -1, shape.Width);

    /// <summary>Patch tokens of [B, 1 + N, D] as an image, [B, D, h, w].</summary>
    internal string TokenImage(string tokens)
    {
        var patches = graph.Node("Slice", [tokens, graph.Integers(1), graph.Integers(length), graph.Integers(1)]);
        return graph.Reshape(graph.Transpose(patches, 0, 2, 1), -1, shape.Width, shape.TokensPerSide, shape.TokensPerSide);
    }

    /// <summary>
    /// Projected tokens with class token and positions, [B, 1 + N, D]. A row of zeros is put before the tokens and the class
    /// token added to it with its position: no size of the batch is needed.
    /// </summary>
    private string Embed(string pixels)
    {
        var image = graph.Convolution(pixels, core + "patch_embed.proj", bias: true, [shape.TokenSize, shape.TokenSize], [0, 0]);
        var tokens = graph.Transpose(graph.Reshape(image, 0, shape.Width, shape.Tokens), 0, 2, 1);
        var shifted = graph.Node("Pad", [tokens, graph.Integers(0, 1, 0, 0, 0, 0)]);
        var classToken = graph.Node("Pad", [graph.Weight(core + "cls_token"), graph.Integers(0, 0, 0, 0, shape.Tokens, 0)]);
        return graph.Node("Add", [shifted, graph.Node("Add", [graph.Weight(core + "pos_embed"), classToken])]);
    }

    /// <summary>Pre-norm transformer block on [B * (1 + N), D].</summary>
    private string Block(string rows, string name)
    {
        var mixed = graph.Node("Add", [rows, Attention(graph.LayerNorm(rows, name + "norm1"), name + "attn.")]);
        var hidden = graph.Gelu(graph.Linear(graph.LayerNorm(mixed, name + "norm2"), name + "mlp.fc1"));
        return graph.Node("Add", [mixed, graph.Linear(hidden, name + "mlp.fc2")]);
    }

    private string Attention(string rows, string name)
    {
        var size = shape.Width / shape.Heads;
        var split = graph.Transpose(graph.Reshape(graph.Linear(rows, name + "qkv"), -1, length, 3, shape.Heads, size), 2, 0, 3, 1, 4);
        var queries = graph.Node("Mul", [Part(0), graph.Constant([1 / MathF.Sqrt(size)])]);
        var likeness = graph.Node("MatMul", [queries, graph.Transpose(Part(1), 0, 1, 3, 2)]);           // [B, h, 1 + N, 1 + N]
        var mixed = graph.Node("MatMul", [graph.Node("Softmax", [likeness], ("axis", -1L)), Part(2)]);  // [B, h, 1 + N, D/h]
        return graph.Linear(graph.Reshape(graph.Transpose(mixed, 0, 2, 1, 3), -1, shape.Width), name + "proj");

        string Part(long index) =>
            graph.Reshape(graph.Node("Slice", [split, graph.Integers(index), graph.Integers(index + 1), graph.Integers(0)]), -1, shape.Heads, length, size);
    }
}
