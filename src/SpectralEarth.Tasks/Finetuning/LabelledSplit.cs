using System.Text;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Training, validation and test patches of a fine-tuning run, divided by blocks of ground, scenes, patches or a file.</summary>
public sealed record LabelledSplit
{
    /// <summary>Catalog indices to train on.</summary>
    public required IReadOnlyList<int> Train { get; init; }
    /// <summary>Catalog indices to choose the best weights by.</summary>
    public required IReadOnlyList<int> Validation { get; init; }
    /// <summary>Catalog indices to report on.</summary>
    public required IReadOnlyList<int> Test { get; init; }
    /// <summary>Locations left out because they overlap blocks of two parts.</summary>
    public required int DroppedLocations { get; init; }
    /// <summary>Patches without labels, which no part needs.</summary>
    public required int UnlabelledPatches { get; init; }
    /// <summary>What went to a part as a whole: block, scene, patch, or file for a split from a file.</summary>
    public required string By { get; init; }
    /// <summary>Side of a block, patches; null if the split is not by blocks.</summary>
    public required int? BlockSize { get; init; }
    /// <summary>Labelled training patches before a share of them was drawn; null if all train.</summary>
    public int? TrainPatchesBeforeShare { get; init; }

    /// <summary>Some labelled patches as a test, with nothing to train on.</summary>
    /// <param name="test">Catalog indices.</param>
    /// <param name="by">Where the test comes from, as in <see cref="By"/>.</param>
    /// <param name="unlabelled">Patches without labels.</param>
    internal static LabelledSplit TestOnly(IReadOnlyList<int> test, string by, int unlabelled) => new()
    {
        Train = [],
        Validation = [],
        Test = test,
        DroppedLocations = 0,
        UnlabelledPatches = unlabelled,
        By = by,
        BlockSize = null,
    };

    /// <summary>The parts alone.</summary>
    internal DatasetSplit Parts => new() { Train = Train, Validation = Validation, Test = Test, DroppedLocations = DroppedLocations };

    /// <summary>Checksum of the parts.</summary>
    internal string Checksum => Storage.Checksum.ToText(Storage.Checksum.Of(
        Encoding.ASCII.GetBytes($"{string.Join(' ', Train)}|{string.Join(' ', Validation)}|{string.Join(' ', Test)}")));

    /// <summary>Divides the labelled patches as the recipe says.</summary>
    /// <exception cref="LabelException">A part that the recipe asks for stays empty.</exception>
    /// <exception cref="DatasetException">The recipe's split file cannot be used.</exception>
    public static LabelledSplit Of(Dataset dataset, LabelCensus census, SplitRecipe recipe)
    {
        var split = recipe.File is { } file ? Read(dataset, census, file, recipe) : Draw(dataset, census, recipe);
        return recipe is { TrainShare: < 1, TrainShareDraw: ShareDraw.Stratified } ? FewLabels.Stratified(split, census, recipe) : split;
    }

    private static LabelledSplit Read(Dataset dataset, LabelCensus census, string file, SplitRecipe recipe)
    {
        var whole = SplitFile.Read(file, dataset);
        var labelled = census.LabelledPatches.ToHashSet();
        // The reference draws from its whole lists, so patches without labels leave after the draw.
        var isDrawn = recipe is { TrainShare: < 1, TrainShareDraw: ShareDraw.Reference };
        var split = isDrawn ? FewLabels.AsReference(whole, recipe.TrainShare) : whole;
        var train = split.Train.Where(labelled.Contains).ToArray();
        if (train.Length == 0)
            throw new LabelException($"{Path.Combine(dataset.Path, file)}: no labelled patch is left for training. Make the split anew with spectralearth dataset split.");
        return new LabelledSplit
        {
            Train = train,
            Validation = [.. split.Validation.Where(labelled.Contains)],
            Test = [.. split.Test.Where(labelled.Contains)],
            DroppedLocations = split.DroppedLocations,
            UnlabelledPatches = dataset.Catalog.Count - labelled.Count,
            By = "file",
            BlockSize = null,
            TrainPatchesBeforeShare = isDrawn ? whole.Train.Count(labelled.Contains) : null,
        };
    }

    private static LabelledSplit Draw(Dataset dataset, LabelCensus census, SplitRecipe recipe)
    {
        var labelled = census.LabelledPatches;
        PatchInfo[] patches = [.. labelled.Select(index => dataset.Catalog[index])];
        var blockSize = recipe.BlockSize ?? SuitableBlocks.SideFor(patches, dataset.Manifest.PatchSize);
        var split = SpatialSplit.Assign(patches, new SplitOptions
        {
            PatchSize = dataset.Manifest.PatchSize,
            SceneSizes = SceneTable.ReadSizes(dataset.Path),
            Unit = recipe.By,
            BlockSize = blockSize,
            TestFraction = recipe.TestFraction,
            ValidationFraction = recipe.ValidationFraction,
            Seed = recipe.Seed,
            ClassCounts = recipe.Stratified ? [.. labelled.Select(index => census[index])] : null,
        });
        RequirePatches(split.Train, "training", recipe, blockSize, dataset);
        if (recipe.ValidationFraction > 0)
            RequirePatches(split.Validation, "validation", recipe, blockSize, dataset);
        if (recipe.TestFraction > 0)
            RequirePatches(split.Test, "test", recipe, blockSize, dataset);
        return new LabelledSplit
        {
            Train = [.. split.Train.Select(position => labelled[position])],
            Validation = [.. split.Validation.Select(position => labelled[position])],
            Test = [.. split.Test.Select(position => labelled[position])],
            DroppedLocations = split.DroppedLocations,
            UnlabelledPatches = dataset.Catalog.Count - labelled.Count,
            By = KeyNames.Of(recipe.By),
            BlockSize = recipe.By == SplitUnit.Block ? blockSize : null,
        };
    }

    /// <summary>Sizes of the parts, and how far they are from being independent.</summary>
    internal SplitSummary Summary(Dataset dataset, LabelCensus census) => new()
    {
        By = By,
        BlockSize = BlockSize,
        TrainPatchesBeforeShare = TrainPatchesBeforeShare,
        TestScenes = Scenes(Test, dataset).Count,
        TestScenesSharedWithTrain = Scenes(Test, dataset).Intersect(Scenes(Train, dataset)).Count(),
        ClassShift = Shift(census.Total(Train), census.Total(Test)),
        TrainPatches = Train.Count,
        ValidationPatches = Validation.Count,
        TestPatches = Test.Count,
        DroppedLocations = DroppedLocations,
        UnlabelledPatches = UnlabelledPatches,
        TrainPixels = census.Total(Train),
        ValidationPixels = census.Total(Validation),
        TestPixels = census.Total(Test),
    };

    private static HashSet<string> Scenes(IReadOnlyList<int> patches, Dataset dataset) =>
        patches.Select(index => dataset.Catalog[index].SceneId).ToHashSet(StringComparer.Ordinal);

    /// <summary>Total variation: half the sum of the differences between the classes' shares; null if a part has no labels.</summary>
    private static double? Shift(long[] train, long[] test) => train.Sum() == 0 || test.Sum() == 0
        ? null
        : train.Zip(test, (one, other) => Math.Abs(((double)one / train.Sum()) - ((double)other / test.Sum()))).Sum() / 2;

    private static void RequirePatches(IReadOnlyList<int> part, string name, SplitRecipe recipe, int blockSize, Dataset dataset)
    {
        if (part.Count > 0)
            return;
        if (recipe.By == SplitUnit.Scene)
            throw new LabelException($"{dataset.Path}: too few scenes without common ground: no labelled patch is left for {name}. Set split.by to block.");
        throw new LabelException(
            $"{dataset.Path}: with blocks of {blockSize} x {blockSize} patches, no labelled patch is left for {name}. " +
            (blockSize > 1 ? "Set split.block_size lower, tile" : "Tile") + " with a smaller --patch-size, or set split.test_fraction and split.validation_fraction to 0 to train on everything.");
    }
}
