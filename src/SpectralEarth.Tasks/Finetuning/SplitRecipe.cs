using SpectralEarth.Recipes;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>How patches are divided into training, validation and test: by blocks of ground unless told otherwise.</summary>
public sealed record SplitRecipe : IRecipePart
{
    /// <summary>
    /// Split made by <c>dataset split</c> or <c>dataset import</c>; a relative path is looked for in the data set's folder. Null draws a
    /// split by the other keys.
    /// </summary>
    public string? File { get; init; }
    /// <summary>What goes to a part as a whole.</summary>
    public SplitUnit By { get; init; } = SplitUnit.Block;
    /// <summary>Side of a block, patches; not read beside <see cref="File"/>; null takes 4, 2 or 1: the largest that cuts the labelled ground into 16 blocks or more (1 if none does).</summary>
    public int? BlockSize { get; init; }
    /// <summary>Share of the patches kept for the test, in [0, 1); 0 makes no test, for use when another scene is the test.</summary>
    public double TestFraction { get; init; } = 0.2;
    /// <summary>Share of the patches kept for choosing the best weights, in [0, 1); 0 takes the last weights.</summary>
    public double ValidationFraction { get; init; } = 0.15;
    /// <summary>Seed of the draw; not the run's seed, so that runs with several seeds share one test.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Whether blocks are drawn so that each part has its share of every class.</summary>
    public bool Stratified { get; init; } = true;
    /// <summary>Share of the training patches that is used, in (0, 1], to see how many labels are needed; the test stays the same.</summary>
    public double TrainShare { get; init; } = 1;
    /// <summary>How that share is drawn.</summary>
    public ShareDraw TrainShareDraw { get; init; } = ShareDraw.Stratified;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(File is null || By == SplitUnit.Block, "by has no meaning beside file, which says where each location belongs.");
        rules.Require(By == SplitUnit.Block || BlockSize is null, $"block_size has no meaning with by {KeyNames.Of(By)}.");
        rules.Require(BlockSize is null or > 0, $"block_size must be at least 1 but is {BlockSize}.");
        rules.Require(TestFraction is >= 0 and < 1, $"test_fraction must lie in [0, 1) but is {TestFraction}.");
        rules.Require(ValidationFraction is >= 0 and < 1, $"validation_fraction must lie in [0, 1) but is {ValidationFraction}.");
        rules.Require(TestFraction + ValidationFraction < 1,
            $"test_fraction {TestFraction} and validation_fraction {ValidationFraction} leave nothing to train on.");
        rules.Require(TrainShare is > 0 and <= 1, $"train_share must lie in (0, 1] but is {TrainShare}.");
        rules.Require(TrainShareDraw == ShareDraw.Stratified || File is not null,
            "train_share_draw reference draws from the order of a published list; name the split file that dataset import made of it.");
    }
}

/// <summary>How a share of the training patches is drawn.</summary>
public enum ShareDraw
{
    /// <summary>So that the classes keep their shares; by split.seed.</summary>
    Stratified,
    /// <summary>
    /// As the reference does: int(share x (training + validation)) patches, of them 80 % to train on (70 % from a share of 0.5 on) and the
    /// rest to validate on, each drawn with Python's generator, seed 42, from its published list.
    /// </summary>
    Reference,
}
