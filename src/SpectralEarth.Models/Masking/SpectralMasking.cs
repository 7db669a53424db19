using SpectralEarth.Recipes;
using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>
/// Random masking of contiguous groups of bands, per sample, so that spectral structure has to be learned too (the
/// spectral half of the spatial-spectral masks of SpectralGPT, Hong et al. 2024, and S2MAE, Li et al. 2024).
/// </summary>
internal static class SpectralMasking
{
    /// <summary>Draws the hidden bands of a batch on the CPU, so that a seed gives the same mask on every device.</summary>
    /// <param name="batch">Samples B.</param>
    /// <param name="bands">Bands C.</param>
    /// <param name="ratio">Share of groups to hide, in [0, 1).</param>
    /// <param name="groupSize">Bands per group; the last group may be smaller.</param>
    /// <param name="random">CPU generator; decides the mask.</param>
    /// <returns>Bool [B, C], true where hidden; equally many groups in every sample.</returns>
    public static Tensor Draw(long batch, int bands, double ratio, int groupSize, Generator random)
    {
        using var scope = NewDisposeScope();
        var places = rand(batch, Groups(bands, groupSize), generator: random).argsort(1).argsort(1);     // a permutation per sample
        var hidden = places.lt(HiddenGroups(bands, ratio, groupSize));                                  // [B, groups]
        return hidden.repeat_interleave(groupSize, dim: 1).narrow(1, 0, bands).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Notes what is wrong with the keys of spectral masking on images of <paramref name="bands"/> bands.</summary>
    public static void Check(int bands, double ratio, int groupSize, RuleBook rules)
    {
        rules.Require(groupSize > 0, $"spectral_mask_group must be at least 1 but is {groupSize}.");
        rules.Require(ratio is >= 0 and < 1, $"spectral_mask_ratio must lie in [0, 1) but is {ratio}.");
        if (groupSize <= 0 || ratio is not (> 0 and < 1))
            return;
        var hidden = HiddenGroups(bands, ratio, groupSize);
        rules.Require(hidden > 0 && hidden < Groups(bands, groupSize),
            $"spectral_mask_ratio {ratio} hides {hidden} of {Groups(bands, groupSize)} groups of {groupSize} bands; at least one must be hidden and one seen.");
    }

    /// <summary>Groups that are hidden: the nearest whole number, half away from zero.</summary>
    private static int HiddenGroups(int bands, double ratio, int groupSize) =>
        (int)Math.Round(Groups(bands, groupSize) * ratio, MidpointRounding.AwayFromZero);

    private static int Groups(int bands, int groupSize) => (bands + groupSize - 1) / groupSize;
}
