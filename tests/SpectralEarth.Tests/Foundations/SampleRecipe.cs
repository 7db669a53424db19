namespace SpectralEarth.Tests.Foundations;

/// <summary>A recipe with a key of every supported type.</summary>
public sealed record SampleRecipe
{
    public required SampleEncoder Encoder { get; init; }
    public required double MaskRatio { get; init; }
    public long Seed { get; init; } = 12345;
    public short NoData { get; init; } = -32768;
    public bool IsFast { get; init; }
    public string? Description { get; init; }
    public DateTime? Started { get; init; }
    public IReadOnlyList<int> Bands { get; init; } = [];
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];
    public IReadOnlyList<SampleEncoder> Stages { get; init; } = [];
    public IReadOnlyList<IReadOnlyList<string>> Groups { get; init; } = [];

    /// <summary>Computed, so no key.</summary>
    public int BandCount => Bands.Count;
}

/// <summary>A positional record inside a recipe.</summary>
public sealed record SampleEncoder(int Depth, int? Width = 384)
{
    public int Depth { get; init; } = Depth > 0 ? Depth : throw new ArgumentException($"A depth of {Depth} is not positive.");
    public SampleKind Kind { get; init; }
}

public enum SampleKind
{
    SpecVit,
    ResNet,
}
