using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>Random masking of tokens (He et al. 2022, section 3): uniform, without replacement, per sample.</summary>
internal static class RandomMasking
{
    /// <summary>Visible tokens of <paramref name="tokens"/>, as the reference rounds: down, in double arithmetic.</summary>
    public static int KeptTokens(int tokens, double maskRatio) => (int)(tokens * (1 - maskRatio));

    /// <summary>Draws the mask of a batch on the CPU, so that a seed gives the same mask on every device.</summary>
    /// <param name="batch">Samples B.</param>
    /// <param name="tokens">Tokens N of an image, class token not counted.</param>
    /// <param name="maskRatio">Share of tokens to hide, in (0, 1).</param>
    /// <param name="random">CPU generator; decides the mask.</param>
    /// <returns>Equally many visible tokens in every sample; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The ratio would leave no visible or no hidden token.</exception>
    public static TokenMask Draw(long batch, int tokens, double maskRatio, Generator random)
    {
        var kept = KeptTokens(tokens, maskRatio);
        if (kept < 1 || kept >= tokens)
        {
            throw new ArgumentOutOfRangeException(nameof(maskRatio), maskRatio,
                $"A mask ratio of {maskRatio} keeps {kept} of {tokens} tokens; at least one must be kept and one hidden.");
        }

        using var scope = NewDisposeScope();
        var order = rand(batch, tokens, generator: random).argsort(1);
        var mask = new TokenMask(order.narrow(1, 0, kept).contiguous(), order.narrow(1, kept, tokens - kept).contiguous());
        mask.Kept.MoveToOuterDisposeScope();
        mask.Hidden.MoveToOuterDisposeScope();
        return mask;
    }
}
