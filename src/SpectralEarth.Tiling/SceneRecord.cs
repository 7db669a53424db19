namespace SpectralEarth.Tiling;

/// <summary>What tiling a scene gave; a row of scenes.csv.</summary>
internal sealed record SceneRecord
{
    public required string SceneId { get; init; }
    public required DateTime Time { get; init; }
    public required int Epsg { get; init; }
    public required string Arrangement { get; init; }
    public required string ProcessorVersion { get; init; }
    public required string CorrectionType { get; init; }
    public required int Patches { get; init; }
    public required int Windows { get; init; }
    public required int SkippedNoData { get; init; }
    public required int SkippedCloud { get; init; }
    /// <summary>Windows left out because of another quality than cloud.</summary>
    public required int SkippedOther { get; init; }
    /// <summary>Largest distance from a channel's wavelength in the sensor's descriptor to the nearest band that it is made of, nm.</summary>
    public required double WavelengthDistanceNm { get; init; }
    /// <summary>How far the scene was moved onto the grid, m to the east.</summary>
    public required double ShiftEastM { get; init; }
    /// <summary>How far the scene was moved onto the grid, m to the north.</summary>
    public required double ShiftNorthM { get; init; }
    /// <summary>Kept bands that have no data in the whole scene.</summary>
    public required IReadOnlyList<int> EmptyBands { get; init; }
    /// <summary>Centre wavelengths of the channels in this scene, nm.</summary>
    public required IReadOnlyList<double> WavelengthsNm { get; init; }
}
