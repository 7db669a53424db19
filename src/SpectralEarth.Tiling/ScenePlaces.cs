using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;

namespace SpectralEarth.Tiling;

/// <summary>Where the patches of a scene lie, and which labels they have.</summary>
/// <param name="Strips">Rows of locations from north to south.</param>
/// <param name="Labels">Labels on the scene's grid, or null.</param>
/// <param name="ShiftM">How far the scene was moved onto the grid, metres to the east and to the north.</param>
internal sealed record ScenePlaces(IReadOnlyList<GridPatch[]> Strips, ILabels? Labels, (double East, double North) ShiftM)
{
    /// <summary>The places of a scene.</summary>
    /// <exception cref="SceneException">The scene lies off the grid or has no fitting labels.</exception>
    public static ScenePlaces Of(TilePlan plan, Scene scene)
    {
        if (!MapProjection.IsUtm(scene.Epsg))
            throw new SceneException($"EPSG:{scene.Epsg} is no UTM zone; locations are fixed on the zones' grids. Order the product in UTM.");
        var origin = PatchGrid.PositionOf(scene.GeoTransform, plan.Options.ResampleNearest);
        return new ScenePlaces(
            [.. plan.Grid.Covering(origin, scene.Width, scene.Height).GroupBy(place => place.Row).Select(row => row.ToArray())],
            plan.Labels.For(scene),
            PatchGrid.ShiftOf(scene.GeoTransform));
    }

    /// <summary>The part of the scene that a strip covers.</summary>
    public static RasterWindow Window(GridPatch[] strip, int side) => new(
        strip[0].SceneColumn, strip[0].SceneRow, strip[^1].SceneColumn + side - strip[0].SceneColumn, side);
}
