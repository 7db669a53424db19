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
    /// <summary>Kept bands that have no data in the whole scene.</summary>
    public required IReadOnlyList<int> EmptyBands { get; init; }
    /// <summary>Centre wavelengths of the kept bands in this scene, nm.</summary>
    public required IReadOnlyList<double> WavelengthsNm { get; init; }
}
