using System.Globalization;
using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Learning rates that fall from layer to layer towards the input (Bao et al. 2022, BEiT, appendix): what pretraining has
/// learned near the input is general and is changed least.
/// </summary>
internal static class LayerDecay
{
    private const string Encoder = "encoder.", Block = "encoder.vit_core.blocks.", FinalNorm = "encoder.vit_core.norm.";

    /// <summary>Parameter groups of a segmentation network: two per layer, with and without weight decay.</summary>
    /// <param name="depth">Transformer blocks.</param>
    /// <param name="decay">Factor from a layer to the one below, in (0, 1].</param>
    /// <param name="optimizer">Weight decay, and what it spares.</param>
    public static IReadOnlyList<ParameterRule> Rules(int depth, double decay, OptimizerRecipe optimizer)
    {
        var rules = new List<ParameterRule>();
        for (var layer = 0; layer <= depth + 1; layer++)
        {
            var (number, scale) = (layer, Math.Pow(decay, depth + 1 - layer));
            rules.AddRange(optimizer.Rules().Select(rule => rule with
            {
                Name = $"layer {number}, {rule.Name}",
                Covers = (name, parameter) => LayerOf(name, depth) == number && rule.Covers(name, parameter),
                LearningRateScale = scale,
            }));
        }

        return rules;
    }

    /// <summary>0 for the adapter and the token projection, then the blocks from 1, then the final norm and the decoder.</summary>
    internal static int LayerOf(string name, int depth)
    {
        if (name.StartsWith(Block, StringComparison.Ordinal))
            return 1 + int.Parse(name[Block.Length..name.IndexOf('.', Block.Length)], CultureInfo.InvariantCulture);
        return name.StartsWith(Encoder, StringComparison.Ordinal) && !name.StartsWith(FinalNorm, StringComparison.Ordinal) ? 0 : depth + 1;
    }
}
