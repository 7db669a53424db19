using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>Which tokens of each sample the encoder sees. Token numbers run row by row from 0, class token not counted.</summary>
/// <param name="Kept">Visible tokens, int64 [B, K]; the encoder keeps this order.</param>
/// <param name="Hidden">Hidden tokens, int64 [B, M]; K + M = N.</param>
/// <param name="HiddenBands">Bands hidden in visible tokens too, bool [B, C]; null if none are.</param>
public sealed record TokenMask(Tensor Kept, Tensor Hidden, Tensor? HiddenBands = null) : IDisposable
{
    /// <summary>How many of each sample's hidden tokens are predicted: the last ones of <see cref="Hidden"/>, which are in random order.</summary>
    public long Predicted { get; init; } = Hidden.shape[1];

    /// <summary>The tokens that are predicted, int64 [B, Predicted]; predictions have this order.</summary>
    public Tensor PredictedTokens => Hidden.narrow(1, Hidden.shape[1] - Predicted, Predicted);

    /// <summary>Copy on <paramref name="device"/>.</summary>
    public TokenMask To(Device device) =>
        new(Kept.to(device, copy: true), Hidden.to(device, copy: true), HiddenBands?.to(device, copy: true)) { Predicted = Predicted };

    /// <summary>The masks of several batches as that of one.</summary>
    /// <param name="masks">Masks drawn with the same ratios; disposed here.</param>
    public static TokenMask Join(IReadOnlyList<TokenMask> masks)
    {
        var joined = new TokenMask(
            cat([.. masks.Select(mask => mask.Kept)]),
            cat([.. masks.Select(mask => mask.Hidden)]),
            masks[0].HiddenBands is null ? null : cat([.. masks.Select(mask => mask.HiddenBands!)]))
        { Predicted = masks[0].Predicted };
        foreach (var mask in masks)
            mask.Dispose();
        return joined;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kept.Dispose();
        Hidden.Dispose();
        HiddenBands?.Dispose();
    }
}
