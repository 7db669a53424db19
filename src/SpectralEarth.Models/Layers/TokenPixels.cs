using static TorchSharp.torch;

namespace SpectralEarth.Models.Layers;

/// <summary>Rearranges images so that the pixels of a token lie together, row by row, channel fastest.</summary>
internal static class TokenPixels
{
    /// <summary>[B, C, H, W] to [B, N, P * P, C], contiguous.</summary>
    internal static Tensor Split(Tensor images, int tokenSize)
    {
        using var scope = NewDisposeScope();
        var (b, c, h, w) = (images.shape[0], images.shape[1], images.shape[2] / tokenSize, images.shape[3] / tokenSize);
        return images.reshape(b, c, h, tokenSize, w, tokenSize).permute(0, 2, 4, 3, 5, 1)
            .reshape(b, h * w, tokenSize * tokenSize, c).MoveToOuterDisposeScope();
    }

    /// <summary>Inverse of <see cref="Split"/> for square images: [B, N, P * P, C] to [B, C, H, W].</summary>
    internal static Tensor Join(Tensor tokens, int tokenSize)
    {
        using var scope = NewDisposeScope();
        var (b, side, c) = (tokens.shape[0], (long)Math.Sqrt(tokens.shape[1]), tokens.shape[3]);
        return tokens.reshape(b, side, side, tokenSize, tokenSize, c).permute(0, 5, 1, 3, 2, 4)
            .reshape(b, c, side * tokenSize, side * tokenSize).MoveToOuterDisposeScope();
    }

    /// <summary>Picks the tokens at <paramref name="indices"/> [B, K] out of [B, N, ...]: [B, K, ...].</summary>
    internal static Tensor Gather(Tensor tokens, Tensor indices)
    {
        using var scope = NewDisposeScope();
        var (b, n) = (tokens.shape[0], tokens.shape[1]);
        var rows = (indices + (arange(b, dtype: int64, device: indices.device).unsqueeze(1) * n)).reshape(-1);
        var picked = tokens.reshape([b * n, .. tokens.shape[2..]]).index_select(0, rows);
        return picked.reshape([b, indices.shape[1], .. tokens.shape[2..]]).MoveToOuterDisposeScope();
    }
}
