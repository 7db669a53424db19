namespace SpectralEarth.Shards;

/// <summary>What tiling a scene gave; a row of scenes.csv.</summary>
public sealed record SceneRecord
{
    /// <summary>Product name of the scene.</summary>
    public required string SceneId { get; init; }
    /// <summary>Acquisition time, UTC.</summary>
    public required DateTime Time { get; init; }
    /// <summary>EPSG code of the map projection.</summary>
    public required int Epsg { get; init; }
    /// <summary>Name of the sensor's channel arrangement in the scene, for example "A".</summary>
    public required string Arrangement { get; init; }
    /// <summary>Processor version, for example 01.03.02.</summary>
    public required string ProcessorVersion { get; init; }
    /// <summary>Kind of atmospheric correction, for example Land_Mode.</summary>
    public required string CorrectionType { get; init; }
    /// <summary>Patches that were kept.</summary>
    public required int Patches { get; init; }
    /// <summary>Windows of the grid that were looked at.</summary>
    public required int Windows { get; init; }
    /// <summary>Windows left out because too much of them has no data.</summary>
    public required int SkippedNoData { get; init; }
    /// <summary>Windows left out because of cloud.</summary>
    public required int SkippedCloud { get; init; }
    /// <summary>Windows left out because of another quality than cloud.</summary>
    public required int SkippedOther { get; init; }
    /// <summary>Largest distance from a channel's wavelength in the sensor's descriptor to the nearest band that it is made of, nm.</summary>
    public required double WavelengthDistanceNm { get; init; }
    /// <summary>How far the scene was moved onto the grid, m to the east.</summary>
    public required double ShiftEastM { get; init; }
    /// <summary>How far the scene was moved onto the grid, m to the north.</summary>
    public required double ShiftNorthM { get; init; }
    /// <summary>Columns of the scene, with those without data.</summary>
    public required int Width { get; init; }
    /// <summary>Rows of the scene, with those without data.</summary>
    public required int Height { get; init; }
    /// <summary>Kept bands that have no data in the whole scene.</summary>
    public required IReadOnlyList<int> EmptyBands { get; init; }
    /// <summary>Centre wavelengths of the channels in this scene, nm.</summary>
    public required IReadOnlyList<double> WavelengthsNm { get; init; }
}
