using SpectralEarth.Scenes;
using SpectralEarth.Shards.Splits;
using static System.FormattableString;

namespace SpectralEarth.Tiling;

/// <summary>
/// The fixed grid of locations of a UTM zone: EnMAP's pixel grid, whose edges lie at odd multiples of 15 m, cut at
/// multiples of the stride. The same location in two scenes is the same ground, pixel by pixel.
/// </summary>
public sealed class PatchGrid
{
    /// <summary>Side of a pixel, m.</summary>
    public const double PixelSizeM = 30;

    /// <param name="patchSize">Side of a patch, pixels.</param>
    /// <param name="stride">Distance of neighbouring locations, pixels.</param>
    public PatchGrid(int patchSize, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        (PatchSize, Stride) = (patchSize, stride);
    }

    /// <summary>Side of a patch, pixels.</summary>
    public int PatchSize { get; }

    /// <summary>Distance of neighbouring locations, pixels.</summary>
    public int Stride { get; }

    /// <summary>
    /// Row (downward from 10,000,005 m) and column (from 15 m) of a raster's first pixel on the grid of its zone. With
    /// <paramref name="resample"/> a raster off the grid takes the nearest place on it: each pixel of the grid is then the
    /// nearest one of the raster, since both have the same size.
    /// </summary>
    /// <param name="place">Position of the raster.</param>
    /// <param name="resample">True to accept rasters off the grid.</param>
    /// <exception cref="SceneException">The raster's pixels are not those of the grid.</exception>
    public static (int Row, int Column) PositionOf(GeoTransform place, bool resample = false)
    {
        if (place.PixelSizeM != PixelSizeM)
            throw new SceneException(Invariant($"Pixels of {place.PixelSizeM} m; expected {PixelSizeM} m. Resample the image with gdalwarp -tr {PixelSizeM} {PixelSizeM} -r near IN.TIF OUT.TIF and tile that with --resample nearest."));
        var (row, column) = ((GroundGrid.NorthEdge - place.Top) / PixelSizeM, (place.Left - GroundGrid.WestEdge) / PixelSizeM);
        var (wholeRow, wholeColumn) = (Math.Floor(row + 0.5), Math.Floor(column + 0.5));
        if (!resample && (Math.Abs(row - wholeRow) > GeoTransform.Tolerance || Math.Abs(column - wholeColumn) > GeoTransform.Tolerance))
            throw new SceneException(Invariant($"Upper left corner at {place.Left} E, {place.Top} N; expected odd multiples of 15 m, EnMAP's pixel grid. Resample the scene onto it with --resample nearest."));
        if (wholeRow < 0 || wholeColumn < 0)
            throw new SceneException(Invariant($"Upper left corner at {place.Left} E, {place.Top} N lies outside the UTM zone. Check the scene's position."));
        return ((int)wholeRow, (int)wholeColumn);
    }

    /// <summary>How far a raster at a place moves when it takes the nearest place on the grid: metres to the east and to the north; 0 within the tolerance.</summary>
    /// <inheritdoc cref="PositionOf" path="/exception"/>
    public static (double EastM, double NorthM) ShiftOf(GeoTransform place)
    {
        var corner = CornerOf(PositionOf(place, resample: true));
        double Shift(double to, double from) => Math.Abs(to - from) > GeoTransform.Tolerance * PixelSizeM ? to - from : 0;
        return (Shift(corner.Left, place.Left), Shift(corner.Top, place.Top));
    }

    /// <summary>Position on the map of a pixel of the grid.</summary>
    public static GeoTransform CornerOf((int Row, int Column) position) =>
        new(GroundGrid.WestEdge + (position.Column * PixelSizeM), GroundGrid.NorthEdge - (position.Row * PixelSizeM), PixelSizeM);

    /// <summary>Name of a location; sorts by zone, row, column.</summary>
    public string LocationId(int epsg, GridPatch patch) => Invariant($"{epsg}-{PatchSize}-r{patch.Row:D7}-c{patch.Column:D7}");

    /// <summary>All locations that a raster reaches into, row by row.</summary>
    /// <param name="origin">Position of the raster's first pixel on the grid.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public IEnumerable<GridPatch> Covering((int Row, int Column) origin, int width, int height)
    {
        for (var row = First(origin.Row); row < origin.Row + height; row += Stride)
            for (var column = First(origin.Column); column < origin.Column + width; column += Stride)
                yield return new GridPatch(row, column, row - origin.Row, column - origin.Column);
    }

    /// <summary>The first location whose patch ends behind <paramref name="start"/>.</summary>
    private int First(int start) => Math.Max(0, (start - PatchSize + Stride) / Stride) * Stride;
}

/// <summary>A location and where its patch lies in a scene.</summary>
/// <param name="Row">Row of the first pixel on the grid.</param>
/// <param name="Column">Column of the first pixel on the grid.</param>
/// <param name="SceneRow">The same row in the scene; negative where the patch overhangs.</param>
/// <param name="SceneColumn">The same column in the scene; negative where the patch overhangs.</param>
public readonly record struct GridPatch(int Row, int Column, int SceneRow, int SceneColumn);
