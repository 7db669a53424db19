using SpectralEarth.Models;
using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Learning rates that fall from layer to layer towards the input (Bao et al. 2022, BEiT, appendix): what pretraining has
/// learned near the input is general and is changed least.
/// </summary>
internal static class LayerDecay
{
    private const string Prefix = "encoder.";

    /// <summary>Parameter groups of a network: two per layer, with and without weight decay.</summary>
    /// <param name="encoder">The network's encoder, whose parameters begin with <c>encoder.</c>; all others belong to the layer above it.</param>
    /// <param name="decay">Factor from a layer to the one below, in (0, 1].</param>
    /// <param name="optimizer">Weight decay, and what it spares.</param>
    public static IReadOnlyList<ParameterRule> Rules(Encoder encoder, double decay, OptimizerRecipe optimizer)
    {
        var (rules, last) = (new List<ParameterRule>(), encoder.Config.LayerCount + 1);
        for (var layer = 0; layer <= last; layer++)
        {
            var (number, scale) = (layer, Math.Pow(decay, last - layer));
            rules.AddRange(optimizer.Rules().Select(rule => rule with
            {
                Covers = (name, parameter) => LayerOf(name) == number && rule.Covers(name, parameter),
                LearningRateScale = scale,
            }));
        }

        return rules;

        int LayerOf(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? encoder.LayerOf(name[Prefix.Length..]) : last;
    }
}
