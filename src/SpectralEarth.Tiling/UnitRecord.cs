using SpectralEarth.Scenes;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling;

/// <summary>Record of a tiled scene whose patches are not yet in a data set.</summary>
internal sealed record UnitRecord : IUnitRecord
{
    /// <summary>Checksum of the options and the state of the files that the patches depend on: <see cref="TilePlan.ChecksumOf"/>.</summary>
    public required string Options { get; init; }
    public required SceneRecord Scene { get; init; }
    /// <summary>Easting of the scene's left edge, m.</summary>
    public required double Left { get; init; }
    /// <summary>Northing of the scene's top edge, m.</summary>
    public required double Top { get; init; }
    public required double SmallestNoData { get; init; }
    /// <summary>Codes of the labels in the patches.</summary>
    public IReadOnlyList<int> LabelCodes { get; init; } = [];
    /// <summary>Codes of the labels on the scene, in patches or not.</summary>
    public IReadOnlyList<int> CodesOnScene { get; init; } = [];
    /// <inheritdoc/>
    public required IReadOnlyList<UnitFile> Files { get; init; }

    /// <summary>Name and place of the scene.</summary>
    public (string SceneId, RasterGrid Grid) GetPlace() =>
        (Scene.SceneId, new RasterGrid(Scene.Width, Scene.Height, new GeoTransform(Left, Top, PatchGrid.PixelSizeM), Scene.Epsg));
}

/// <summary>What is recorded of any unit.</summary>
internal interface IUnitRecord
{
    /// <summary>Files of the unit beside its record.</summary>
    IReadOnlyList<UnitFile> Files { get; }
}

/// <summary>A file of a unit.</summary>
internal sealed record UnitFile
{
    public required string Name { get; init; }
    public required string Checksum { get; init; }
}
