using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Shards.Splits;

/// <summary>A split in figures.</summary>
public sealed record SplitReport
{
    /// <summary>Train, validation and test.</summary>
    public required IReadOnlyList<SplitPart> Parts { get; init; }
    /// <summary>Locations in no part because they overlap two.</summary>
    public required int DroppedLocations { get; init; }
    /// <summary>Scenes with patches in more than one part; harmless for ground, but they share light and air.</summary>
    public required int SharedScenes { get; init; }
    /// <summary>Number of scenes.</summary>
    public required int Scenes { get; init; }

    /// <summary>Draws a split of a data set, balanced by classes where there are labels.</summary>
    /// <param name="dataset">Data set.</param>
    /// <param name="options">How to divide; class counts and the scenes' sizes are taken from the data set.</param>
    /// <param name="progress">Told the share of patches whose labels were counted.</param>
    /// <exception cref="ArgumentException">The fractions leave nothing to train on, or the name of the test's scenes fits none or all.</exception>
    /// <exception cref="DatasetException">A part that is asked for stays empty, or a shard cannot be read.</exception>
    public static (DatasetSplit Split, SplitReport Report) Draw(Dataset dataset, SplitOptions options, IProgress<double>? progress = null)
    {
        var counts = LabelCounts.Of(dataset, progress);
        var split = SpatialSplit.Assign(dataset.Catalog, options with
        {
            SceneSizes = SceneTable.ReadSizes(dataset.Path),
            ClassCounts = dataset.HasLabels ? [.. Enumerable.Range(0, counts.Patches).Select(patch => counts[patch])] : null,
        });
        double[] fractions = [1 - options.ValidationFraction - options.TestFraction, options.ValidationFraction, options.TestFraction];
        if (split.Parts.Zip(fractions).Any(part => part.Second > 0 && part.First.Count == 0))
            throw new DatasetException(options.Unit == SplitUnit.Scene
                ? $"{dataset.Path}: too few scenes without common ground for the parts asked for. Split by blocks, or ask for fewer parts."
                : $"{dataset.Path}: with blocks of {options.BlockSize} x {options.BlockSize} patches a part stays empty{(split.DroppedLocations > 0
                    ? $", because {split.DroppedLocations} locations overlap blocks of several parts. Set --block-size higher"
                    : ". Set --block-size lower")}, or ask for fewer parts.");
        return (split, Of(dataset, split, counts));
    }

    private static SplitReport Of(Dataset dataset, DatasetSplit split, LabelCounts counts)
    {
        var scenes = split.Parts.Select(part => part.Select(patch => dataset.Catalog[patch].SceneId).ToHashSet(StringComparer.Ordinal)).ToArray();
        return new SplitReport
        {
            Parts = [.. split.Parts.Select((part, index) => new SplitPart
            {
                Patches = part.Count,
                Locations = part.Select(patch => dataset.Catalog[patch].LocationId).Distinct().Count(),
                Scenes = scenes[index].Count,
                ClassPixels = counts.Total(part),
            })],
            DroppedLocations = split.DroppedLocations,
            SharedScenes = scenes.SelectMany(part => part).GroupBy(scene => scene).Count(scene => scene.Count() > 1),
            Scenes = dataset.Catalog.Select(patch => patch.SceneId).Distinct().Count(),
        };
    }
}

/// <summary>A part of a split in figures.</summary>
public sealed record SplitPart
{
    /// <summary>Number of patches.</summary>
    public required int Patches { get; init; }
    /// <summary>Number of locations.</summary>
    public required int Locations { get; init; }
    /// <summary>Number of scenes.</summary>
    public required int Scenes { get; init; }
    /// <summary>Labelled, valid pixels per class.</summary>
    public required IReadOnlyList<long> ClassPixels { get; init; }
}
