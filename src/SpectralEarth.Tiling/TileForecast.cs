using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>What a run of the tiler would do.</summary>
public sealed record TileForecast
{
    /// <summary>Scenes that can be used, in order of their names.</summary>
    public required IReadOnlyList<SceneForecast> Scenes { get; init; }
    /// <summary>Products and labels that would be rejected, in the order of rejected.csv.</summary>
    public required IReadOnlyList<RejectedScene> Rejected { get; init; }
    /// <summary>What a person should know of missing layers and of the labels.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
    /// <summary>Patches that the data set holds already.</summary>
    public required int PresentPatches { get; init; }
    /// <summary>Bytes of a patch before encoding: pixels of all bands.</summary>
    public required long PatchBytes { get; init; }
    /// <summary>Raw over encoded bytes of a few patches of the new scenes; null without any.</summary>
    public required double? Ratio { get; init; }

    /// <summary>Scenes that would be read.</summary>
    public IEnumerable<SceneForecast> New => Scenes.Where(scene => !scene.IsPresent);

    /// <summary>Patches that would be added.</summary>
    public int NewPatches => New.Sum(scene => scene.Patches);

    /// <summary>Bytes of the new patches before encoding.</summary>
    public long RawBytes => NewPatches * PatchBytes;

    /// <summary>Bytes of the new patches in shards.</summary>
    public long StoredBytes => Ratio is { } ratio ? (long)(RawBytes / ratio) : 0;
}

/// <summary>What would become of a scene.</summary>
public sealed record SceneForecast
{
    /// <summary>Product name.</summary>
    public required string SceneId { get; init; }
    /// <summary>Folder or file as found.</summary>
    public required string Path { get; init; }
    /// <summary>True if the data set holds the scene already, so that it is not read.</summary>
    public required bool IsPresent { get; init; }
    /// <summary>Windows of the grid that the scene reaches into.</summary>
    public int Windows { get; init; }
    /// <summary>
    /// Windows that pass the limits by the quality layers; pixels whose bands alone are no-data are not noticed. The number
    /// of patches where the scene is present.
    /// </summary>
    public required int Patches { get; init; }
}
