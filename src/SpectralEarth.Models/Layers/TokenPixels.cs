using TorchSharp;
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
        if (images.device_type == DeviceType.CPU && !images.requires_grad)
            return SplitInTwo(images, tokenSize).MoveToOuterDisposeScope();
        return images.reshape(b, c, h, tokenSize, w, tokenSize).permute(0, 2, 4, 3, 5, 1)
            .reshape(b, h * w, tokenSize * tokenSize, c).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same in two steps, each of which libtorch does with blocks that fit the processor's caches: channels last, then whole pixels to their
    /// tokens. Two to three times as fast.
    /// </summary>
    private static Tensor SplitInTwo(Tensor images, int tokenSize)
    {
        var (b, c, h, w) = (images.shape[0], images.shape[1], images.shape[2] / tokenSize, images.shape[3] / tokenSize);
        var result = images.new_empty([b, h * w, tokenSize * tokenSize, c]);
        TensorParts.Run((int)b, sample =>
        {
            using var scope = NewDisposeScope();
            var pixels = images[sample].reshape(c, -1).t().contiguous();                                                     // [H * W, C]
            result[sample].view(h, w, tokenSize, tokenSize, c).copy_(pixels.view(h, tokenSize, w, tokenSize, c).permute(0, 2, 1, 3, 4));
        });
        return result;
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
