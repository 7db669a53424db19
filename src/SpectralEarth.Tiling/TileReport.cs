using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>What a run of the tiler did.</summary>
public sealed record TileReport
{
    /// <summary>Patches in the data set.</summary>
    public required int Patches { get; init; }
    /// <summary>Scenes in the data set.</summary>
    public required int Scenes { get; init; }
    /// <summary>Scenes among them that this run added.</summary>
    public required int NewScenes { get; init; }
    /// <summary>Scenes, and files of labels on none of the scenes, that were not used, in the order of rejected.csv.</summary>
    public required IReadOnlyList<RejectedScene> Rejected { get; init; }
    /// <summary>Windows left out because too many pixels are unusable.</summary>
    public required int SkippedNoData { get; init; }
    /// <summary>Windows left out because of clouds.</summary>
    public required int SkippedCloud { get; init; }
    /// <summary>Windows left out because of another quality.</summary>
    public required int SkippedOther { get; init; }
    /// <summary>Largest distance from a channel's wavelength in the sensor's descriptor to the nearest band that it is made of, over all scenes, nm.</summary>
    public required double WavelengthDistanceNm { get; init; }
    /// <summary>Scenes that were moved onto the grid, in order of their names.</summary>
    public required IReadOnlyList<MovedScene> Moved { get; init; }
    /// <summary>What a person should know of missing layers, bands without data and the labels.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
    /// <summary>Bytes of the shards.</summary>
    public required long Bytes { get; init; }
    /// <summary>Duration, s.</summary>
    public required double Seconds { get; init; }
    /// <summary>True if the data set held everything before and nothing was done.</summary>
    public required bool WasFinished { get; init; }
}

/// <summary>A scene that was moved onto the grid.</summary>
/// <param name="SceneId">Product name.</param>
/// <param name="EastM">Metres to the east.</param>
/// <param name="NorthM">Metres to the north.</param>
public sealed record MovedScene(string SceneId, double EastM, double NorthM);

/// <summary>State of a run; reported in the thread that called <see cref="Tiler.Run"/>.</summary>
public sealed record TileProgress
{
    /// <summary>What is being done.</summary>
    public required TilePhase Phase { get; init; }
    /// <summary>Scene in work, 1-based; 0 while checking or assembling.</summary>
    public required int Scene { get; init; }
    /// <summary>Scenes to tile.</summary>
    public required int Scenes { get; init; }
    /// <summary>Name of the scene in work; empty while checking or assembling.</summary>
    public required string SceneId { get; init; }
    /// <summary>Share of the scene (or of the assembly) that is done, 0 to 1; 0 while checking.</summary>
    public required double Done { get; init; }
    /// <summary>Patches kept so far.</summary>
    public required int Patches { get; init; }
}

/// <summary>Steps of a run.</summary>
public enum TilePhase
{
    /// <summary>Checksums are taken of what is finished of scenes.</summary>
    Checking,
    /// <summary>Scenes are read and their patches encoded.</summary>
    Tiling,
    /// <summary>Patches of all scenes are sorted into shards.</summary>
    Assembling,
}
