namespace SpectralEarth.Shards.Splits;

/// <summary>How to divide a data set by place.</summary>
public sealed record SplitOptions
{
    /// <summary>Side of a patch, pixels (of the manifest).</summary>
    public required int PatchSize { get; init; }
    /// <summary>Size of each scene, pixels, by name, so that what patches overhang counts for no ground; scenes may be missing.</summary>
    public IReadOnlyDictionary<string, (int Width, int Height)> SceneSizes { get; init; } = new Dictionary<string, (int Width, int Height)>();
    /// <summary>What goes to a part as a whole.</summary>
    public SplitUnit Unit { get; init; }
    /// <summary>Side of a block, patches: patches of one block never part.</summary>
    public int BlockSize { get; init; } = 4;
    /// <summary>Share of patches to test on, 0 to 1.</summary>
    public double TestFraction { get; init; } = 0.2;
    /// <summary>Share of patches to validate on, 0 to 1.</summary>
    public double ValidationFraction { get; init; } = 0.1;
    /// <summary>
    /// Names of the scenes to test on, with * for any letters; null to draw the test. <see cref="ValidationFraction"/> is then a share of
    /// the other patches, and <see cref="TestFraction"/> is not read.
    /// </summary>
    public string? TestScenes { get; init; }
    /// <summary>Seed of the draw.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>
    /// Labelled pixels per class of each patch, in catalog order, all of equal length; null to balance patch counts only.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<long>>? ClassCounts { get; init; }

    /// <summary>Ground of the patches.</summary>
    internal PatchGround Ground => new(PatchSize, SceneSizes);
}

/// <summary>What is never divided between parts.</summary>
public enum SplitUnit
{
    /// <summary>A square block of ground.</summary>
    Block,
    /// <summary>A scene, with all others that show some of the same ground.</summary>
    Scene,
    /// <summary>
    /// A location by itself, as the published splits were drawn: neighbours of test patches train, so scores come out higher than
    /// on ground farther away. Refused where locations of one zone overlap.
    /// </summary>
    Patch,
}

/// <summary>Catalog indices of the parts of a data set, each ascending, or, of a split from a file, in the order of the file.</summary>
public sealed record DatasetSplit
{
    /// <summary>Patches to train on.</summary>
    public required IReadOnlyList<int> Train { get; init; }
    /// <summary>Patches to choose settings and checkpoints by.</summary>
    public required IReadOnlyList<int> Validation { get; init; }
    /// <summary>Patches to report on.</summary>
    public required IReadOnlyList<int> Test { get; init; }
    /// <summary>Locations left out because they overlap blocks, or locations of another zone, of two parts, or scenes of two parts do.</summary>
    public required int DroppedLocations { get; init; }

    /// <summary>Train, validation and test.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Parts => [Train, Validation, Test];
}
