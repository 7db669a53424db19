namespace SpectralEarth.Tasks.Mapping;

/// <summary>How to map a scene.</summary>
public sealed record MapOptions
{
    /// <summary>Share of a window that its neighbour covers too, in [0, 1).</summary>
    public double Overlap { get; init; } = 0.5;
    /// <summary>Windows classified together.</summary>
    public int BatchSize { get; init; } = 16;
    /// <summary>Whether to average over the eight flips and rotations (eight times the work); null for what the test of the fine-tuning did.</summary>
    public bool? TestTimeAugmentation { get; init; }
    /// <summary>Whether to write the probability of each class as well.</summary>
    public bool Probabilities { get; init; }
    /// <summary>Whether to write the entropy of the class probabilities as well.</summary>
    public bool Uncertainty { get; init; }
    /// <summary>Rows and columns after which the second windows start; 0 for the stride. For tests that look for seams.</summary>
    internal int WindowOffset { get; init; }
}
