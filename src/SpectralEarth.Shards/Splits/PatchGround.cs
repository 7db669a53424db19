namespace SpectralEarth.Shards.Splits;

/// <summary>
/// The ground that patches show: their squares without what overhangs the scene, where the scene's size is known. Edges are taken to
/// lie on the pixel grid, so that positions that differ by rounding do not overlap.
/// </summary>
/// <param name="patchSize">Side of a patch, pixels.</param>
/// <param name="sceneSizes">Size of each scene, pixels; patches of other scenes count whole.</param>
public sealed class PatchGround(int patchSize, IReadOnlyDictionary<string, (int Width, int Height)> sceneSizes)
{
    /// <summary>The ground of the patches of a data set.</summary>
    /// <exception cref="DatasetException">The table of scenes is damaged.</exception>
    public static PatchGround Of(Dataset dataset) => new(dataset.Manifest.PatchSize, SceneTable.ReadSizes(dataset.Path));

    /// <summary>The rectangle that a patch shows.</summary>
    public GroundRectangle Of(PatchInfo patch)
    {
        var (column, row, endColumn, endRow) = InScene(patch);
        var (firstRow, firstColumn) = GroundGrid.PositionOf(patch);
        var (left, top) = GroundGrid.CornerOf(firstRow + row, firstColumn + column, patch.PixelSizeM);
        var (right, bottom) = GroundGrid.CornerOf(firstRow + endRow, firstColumn + endColumn, patch.PixelSizeM);
        return new GroundRectangle(patch.Epsg, left, top, right, bottom);
    }

    /// <summary>The same as an outline, to compare map projections.</summary>
    internal GroundOutline OutlineOf(PatchInfo patch)
    {
        var (column, row, endColumn, endRow) = InScene(patch);
        double side = patchSize;
        return new GroundOutline(patch.Footprint).Part(column / side, row / side, endColumn / side, endRow / side);
    }

    /// <summary>An empty index for the patches.</summary>
    /// <param name="catalog">Patches.</param>
    public GroundIndex<T> Index<T>(IReadOnlyList<PatchInfo> catalog) => new(patchSize * (catalog.Count > 0 ? catalog.Max(patch => patch.PixelSizeM) : 1));

    /// <summary>The pixels of a patch that lie in its scene.</summary>
    private (int Column, int Row, int EndColumn, int EndRow) InScene(PatchInfo patch) => sceneSizes.TryGetValue(patch.SceneId, out var size)
        ? (Math.Max(0, -patch.SceneColumn), Math.Max(0, -patch.SceneRow),
            Math.Min(patchSize, size.Width - patch.SceneColumn), Math.Min(patchSize, size.Height - patch.SceneRow))
        : (0, 0, patchSize, patchSize);
}
