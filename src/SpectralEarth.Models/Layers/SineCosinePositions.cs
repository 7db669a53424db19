using static TorchSharp.torch;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Fixed two-dimensional positions of Masked Autoencoders (He et al. 2022, appendix A.1): the first half of the
/// features encodes the column, the second half the row; in each half sines come first, then cosines.
/// </summary>
internal static class SineCosinePositions
{
    /// <summary>Table with a zero row for the class token, [1, 1 + N, D].</summary>
    internal static Tensor Table(int width, int tokensPerSide)
    {
        var table = new float[(1 + (tokensPerSide * tokensPerSide)) * width];
        for (var row = 0; row < tokensPerSide; row++)
        {
            for (var column = 0; column < tokensPerSide; column++)
            {
                var token = table.AsSpan((1 + (row * tokensPerSide) + column) * width, width);
                Encode(column, token[..(width / 2)]);
                Encode(row, token[(width / 2)..]);
            }
        }

        return tensor(table, [1, table.Length / width, width]);
    }

    private static void Encode(int position, Span<float> features)
    {
        var half = features.Length / 2;
        for (var i = 0; i < half; i++)
        {
            var angle = position / Math.Pow(10000, (double)i / half);
            features[i] = (float)Math.Sin(angle);
            features[half + i] = (float)Math.Cos(angle);
        }
    }
}
