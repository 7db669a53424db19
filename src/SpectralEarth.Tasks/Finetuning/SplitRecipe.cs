using SpectralEarth.Recipes;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>How patches are divided into training, validation and test: by blocks of ground, never by single patches.</summary>
public sealed record SplitRecipe : IRecipePart
{
    /// <summary>
    /// Split made by <c>dataset split</c>; a relative path is looked for in the data set's folder. Null draws a split by the other keys.
    /// </summary>
    public string? File { get; init; }
    /// <summary>Side of a block, patches; null takes 4, 2 or 1: the largest that cuts the labelled ground into 16 blocks or more (1 if none does).</summary>
    public int? BlockSize { get; init; }
    /// <summary>Share of the patches kept for the test, in [0, 1); 0 makes no test, for use when another scene is the test.</summary>
    public double TestFraction { get; init; } = 0.2;
    /// <summary>Share of the patches kept for choosing the best weights, in [0, 1); 0 takes the last weights.</summary>
    public double ValidationFraction { get; init; } = 0.15;
    /// <summary>Seed of the draw; not the run's seed, so that runs with several seeds share one test.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Whether blocks are drawn so that each part has its share of every class.</summary>
    public bool Stratified { get; init; } = true;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(File is null || BlockSize is null, "block_size has no meaning beside file, which says where each location belongs.");
        rules.Require(BlockSize is null or > 0, $"block_size must be at least 1 but is {BlockSize}.");
        rules.Require(TestFraction is >= 0 and < 1, $"test_fraction must lie in [0, 1) but is {TestFraction}.");
        rules.Require(ValidationFraction is >= 0 and < 1, $"validation_fraction must lie in [0, 1) but is {ValidationFraction}.");
        rules.Require(TestFraction + ValidationFraction < 1,
            $"test_fraction {TestFraction} and validation_fraction {ValidationFraction} leave nothing to train on.");
    }
}
