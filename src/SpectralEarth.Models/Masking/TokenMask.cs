using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>Which tokens of each sample the encoder sees. Token numbers run row by row from 0, class token not counted.</summary>
/// <param name="Kept">Visible tokens, int64 [B, K]; the encoder keeps this order.</param>
/// <param name="Hidden">Hidden tokens, int64 [B, M]; predictions have this order. K + M = N.</param>
public sealed record TokenMask(Tensor Kept, Tensor Hidden) : IDisposable
{
    /// <summary>Copy on <paramref name="device"/>.</summary>
    public TokenMask To(Device device) => new(Kept.to(device, copy: true), Hidden.to(device, copy: true));

    /// <inheritdoc/>
    public void Dispose()
    {
        Kept.Dispose();
        Hidden.Dispose();
    }
}
