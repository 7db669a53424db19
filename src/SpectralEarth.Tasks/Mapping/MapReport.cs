using SpectralEarth.Models;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>What was mapped.</summary>
public sealed record MapReport
{
    /// <summary>Files written.</summary>
    public required MapFiles Files { get; init; }
    /// <summary>Area of each class, in class order.</summary>
    public required IReadOnlyList<ClassArea> Areas { get; init; }
    /// <summary>Pixels with a class.</summary>
    public required long ValidPixels { get; init; }
    /// <summary>How the scene was moved onto the ground of the training labels; null if it was not.</summary>
    public required PixelOffset? Moved { get; init; }
    /// <summary>What a person should know about the map.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
