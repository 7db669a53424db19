using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>Which tokens of each sample the encoder sees. Token numbers run row by row from 0, class token not counted.</summary>
/// <param name="Kept">Visible tokens, int64 [B, K]; the encoder keeps this order.</param>
/// <param name="Hidden">Hidden tokens, int64 [B, M]; predictions have this order. K + M = N.</param>
public sealed record TokenMask(Tensor Kept, Tensor Hidden) : IDisposable
{
    /// <summary>Copy on <paramref name="device"/>.</summary>
    public TokenMask To(Device device) => new(Kept.to(device, copy: true), Hidden.to(device, copy: true));

    /// <summary>The masks of several batches as that of one.</summary>
    /// <param name="masks">Masks with equally many visible tokens; disposed here.</param>
    public static TokenMask Join(IReadOnlyList<TokenMask> masks)
    {
        var joined = new TokenMask(cat([.. masks.Select(mask => mask.Kept)]), cat([.. masks.Select(mask => mask.Hidden)]));
        foreach (var mask in masks)
            mask.Dispose();
        return joined;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kept.Dispose();
        Hidden.Dispose();
    }
}
