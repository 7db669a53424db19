using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graph of a <see cref="SpectralViT"/>.</summary>
internal sealed class ViTGraph(OnnxGraph graph, EncoderConfig shape, string prefix) : EncoderGraph(graph, shape, prefix)
{
    private readonly int length = shape.Tokens + 1;

    /// <inheritdoc/>
    internal override string Feature(string pixels) => ClassToken(Tokens(pixels));

    /// <inheritdoc/>
    internal override void Outputs(string pixels)
    {
        var tokens = Tokens(pixels);
        Graph.Output(ClassToken(tokens), "feature", [Shape.Width], "Class token after the final norm.");
        Graph.Output(tokens, "tokens", [length, Shape.Width], "All tokens after the final norm: class token, then patches row by row.");
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Maps(string pixels, IReadOnlyList<int> layers)
    {
        var after = Blocks(pixels);
        return [.. layers.Select(layer => TokenImage(layer == Shape.Depth - 1 ? FinalNorm(after[layer]) : after[layer]))];
    }

    /// <summary>All tokens after the final norm, class token first, [B, 128, H, W] to [B, 1 + N, D].</summary>
    private string Tokens(string pixels) => Graph.Reshape(FinalNorm(Blocks(pixels)[^1]), -1, length, Shape.Width);

    /// <summary>
    /// Tokens after each block. Rows of all images one after the other, [B * (1 + N), D], are what linear layers take.
    /// </summary>
    private string[] Blocks(string pixels)
    {
        var (rows, after) = (Graph.Reshape(Embed(pixels), -1, Shape.Width), new string[Shape.Depth]);
        for (var i = 0; i < Shape.Depth; i++)
            after[i] = rows = Block(rows, FormattableString.Invariant($"{Core}blocks.{i}."));
        return after;
    }

    private string FinalNorm(string rows) => Graph.LayerNorm(rows, Core + "norm");

    /// <summary>Class token of [B, 1 + N, D], [B, D].</summary>
    private string ClassToken(string tokens) =>
        Graph.Reshape(Graph.Node("Slice", [tokens, Graph.Integers(0), Graph.Integers(1), Graph.Integers(1)]), -1, Shape.Width);

    /// <summary>Patch tokens of rows [B * (1 + N), D] as an image, [B, D, h, w].</summary>
    private string TokenImage(string rows)
    {
        var tokens = Graph.Reshape(rows, -1, length, Shape.Width);
        var patches = Graph.Node("Slice", [tokens, Graph.Integers(1), Graph.Integers(length), Graph.Integers(1)]);
        return Graph.Reshape(Graph.Transpose(patches, 0, 2, 1), -1, Shape.Width, Shape.TokensPerSide, Shape.TokensPerSide);
    }

    /// <summary>
    /// Projected tokens with class token and positions, [B, 1 + N, D]. A row of zeros is put before the tokens and the class
    /// token added to it with its position: no size of the batch is needed.
    /// </summary>
    private string Embed(string pixels)
    {
        var image = Graph.Convolution(pixels, Core + "patch_embed.proj", bias: true, [Shape.TokenSize, Shape.TokenSize], [0, 0]);
        var tokens = Graph.Transpose(Graph.Reshape(image, 0, Shape.Width, Shape.Tokens), 0, 2, 1);
        var shifted = Graph.Node("Pad", [tokens, Graph.Integers(0, 1, 0, 0, 0, 0)]);
        var classToken = Graph.Node("Pad", [Graph.Weight(Core + "cls_token"), Graph.Integers(0, 0, 0, 0, Shape.Tokens, 0)]);
        return Graph.Node("Add", [shifted, Graph.Node("Add", [Graph.Weight(Core + "pos_embed"), classToken])]);
    }

    /// <summary>Pre-norm transformer block on [B * (1 + N), D].</summary>
    private string Block(string rows, string name)
    {
        var mixed = Graph.Node("Add", [rows, Attention(Graph.LayerNorm(rows, name + "norm1"), name + "attn.")]);
        var hidden = Graph.Gelu(Graph.Linear(Graph.LayerNorm(mixed, name + "norm2"), name + "mlp.fc1"));
        return Graph.Node("Add", [mixed, Graph.Linear(hidden, name + "mlp.fc2")]);
    }

    private string Attention(string rows, string name)
    {
        var size = Shape.Width / Shape.Heads;
        var split = Graph.Transpose(Graph.Reshape(Graph.Linear(rows, name + "qkv"), -1, length, 3, Shape.Heads, size), 2, 0, 3, 1, 4);
        var queries = Graph.Node("Mul", [Part(0), Graph.Constant([1 / MathF.Sqrt(size)])]);
        var likeness = Graph.Node("MatMul", [queries, Graph.Transpose(Part(1), 0, 1, 3, 2)]);           // [B, h, 1 + N, 1 + N]
        var mixed = Graph.Node("MatMul", [Graph.Node("Softmax", [likeness], ("axis", -1L)), Part(2)]);  // [B, h, 1 + N, D/h]
        return Graph.Linear(Graph.Reshape(Graph.Transpose(mixed, 0, 2, 1, 3), -1, Shape.Width), name + "proj");

        string Part(long index) =>
            Graph.Reshape(Graph.Node("Slice", [split, Graph.Integers(index), Graph.Integers(index + 1), Graph.Integers(0)]), -1, Shape.Heads, length, size);
    }
}
