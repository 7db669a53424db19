namespace SpectralEarth.Tiling;

/// <summary>Record of a tiled scene.</summary>
internal sealed record UnitRecord
{
    public required string SceneId { get; init; }
    /// <summary>Checksum of the options that the patches depend on.</summary>
    public required string Options { get; init; }
    public required DateTime Time { get; init; }
    public required int Epsg { get; init; }
    public required string Arrangement { get; init; }
    public required string ProcessorVersion { get; init; }
    public required string CorrectionType { get; init; }
    /// <summary>Centre wavelengths of the kept bands in this scene, nm.</summary>
    public required IReadOnlyList<double> WavelengthsNm { get; init; }
    /// <summary>Kept bands that have no data in the whole scene.</summary>
    public required IReadOnlyList<int> EmptyBands { get; init; }
    public required int Patches { get; init; }
    public required int Windows { get; init; }
    public required int SkippedNoData { get; init; }
    public required int SkippedCloud { get; init; }
    public required double SmallestNoData { get; init; }
    public required IReadOnlyList<UnitFile> Files { get; init; }
}

/// <summary>A file of a unit.</summary>
internal sealed record UnitFile
{
    public required string Name { get; init; }
    public required string Checksum { get; init; }
}

/// <summary>Contents of tile.yaml: how a data set was made.</summary>
internal sealed record TileRecord
{
    public required IReadOnlyList<string> Options { get; init; }
    /// <summary>Names of all scenes that were tiled, in order.</summary>
    public required IReadOnlyList<string> Scenes { get; init; }
    public required IReadOnlyList<RejectedScene> Rejected { get; init; }
    public required int Patches { get; init; }
    public required int SkippedNoData { get; init; }
    public required int SkippedCloud { get; init; }
}
