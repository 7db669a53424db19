using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>A scene to tile.</summary>
/// <param name="Id">Name.</param>
/// <param name="Path">Where it was found.</param>
/// <param name="Copy">Number of the copy of its name, 0-based.</param>
/// <param name="Checksum"><see cref="TilePlan.ChecksumOf"/> the scene when it was found.</param>
internal sealed record WantedScene(string Id, string Path, int Copy, string Checksum)
{
    /// <summary>Name of its unit. Each copy has its own: a damaged copy and a sound one may have the same lengths and times.</summary>
    public string Unit => Copy == 0 ? Id : $"{Id}\n{Copy}";

    /// <summary>Other copies and older processings of the same acquisition, one after the other to be tiled where this one cannot be.</summary>
    public IReadOnlyList<WantedScene> Spares { get; init; } = [];

    /// <summary>This one and its spares.</summary>
    public IEnumerable<WantedScene> Candidates => Spares.Prepend(this);

    /// <summary>Says that another candidate of the acquisition is taken instead of this one.</summary>
    public RejectedScene Behind(WantedScene taken) => Id == taken.Id
        ? new RejectedScene { Path = Path, Reason = $"The same product as {taken.Path}. Name it once." }
        : RejectedScene.Superseded(Path, taken.Id);
}
