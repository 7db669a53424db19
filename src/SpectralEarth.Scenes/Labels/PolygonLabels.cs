namespace SpectralEarth.Scenes.Labels;

/// <summary>Polygons drawn onto a pixel grid: a pixel has the class of the polygon that its centre lies in.</summary>
public sealed class PolygonLabels : ILabels
{
    private const int ShownConflicts = 10;

    private readonly byte[] codes;    // [H, W]
    private readonly int width, height;

    private PolygonLabels(byte[] codes, int width, int height) => (this.codes, this.width, this.height) = (codes, width, height);

    /// <summary>Draws the polygons of files onto a grid; null if none covers a pixel of it.</summary>
    /// <param name="files">Files.</param>
    /// <param name="code">Class code of a label; 0 draws nothing.</param>
    /// <param name="grid">Grid in a UTM zone.</param>
    /// <exception cref="SceneException">Polygons of different classes cover the same pixel; with a list of them.</exception>
    public static PolygonLabels? Draw(IReadOnlyList<PolygonFile> files, Func<string, byte> code, RasterGrid grid)
    {
        var codes = new byte[checked(grid.Width * grid.Height)];
        var owners = new int[codes.Length];    // number of the polygon in `drawn`, from 1
        var drawn = new List<(PolygonFile File, LabelPolygon Polygon)>();
        var conflicts = new SortedDictionary<(int First, int Second), int>();
        foreach (var (file, polygon) in files.SelectMany(file => file.Near(grid).Select(polygon => (file, polygon))).Where(item => code(item.polygon.Label) != 0))
        {
            drawn.Add((file, polygon));
            var label = code(polygon.Label);
            foreach (var pixel in file.InZone(polygon, grid.Epsg).SelectMany(part => PolygonRaster.Pixels(part, grid.GeoTransform, grid.Width, grid.Height)))
            {
                if (codes[pixel] != 0 && codes[pixel] != label)
                    conflicts[(owners[pixel], drawn.Count)] = conflicts.GetValueOrDefault((owners[pixel], drawn.Count)) + 1;
                (codes[pixel], owners[pixel]) = (label, drawn.Count);
            }
        }

        if (conflicts.Count > 0)
            throw new SceneException($"Polygons of different classes cover the same pixels: {Listed(conflicts, drawn)}. Correct them, or leave one of each pair out.");
        return codes.AsSpan().ContainsAnyExcept((byte)0) ? new PolygonLabels(codes, grid.Width, grid.Height) : null;
    }

    /// <inheritdoc/>
    public byte[] Read(RasterWindow window) => window.Cut(codes, new RasterWindow(0, 0, width, height));

    private static string Listed(SortedDictionary<(int First, int Second), int> conflicts, List<(PolygonFile File, LabelPolygon Polygon)> drawn)
    {
        string Named(int number) => $"{Path.GetFileName(drawn[number - 1].File.Path)} {drawn[number - 1].Polygon.Place} ({drawn[number - 1].Polygon.Label})";
        var shown = conflicts.Take(ShownConflicts).Select(pair => $"{Named(pair.Key.First)} and {Named(pair.Key.Second)} on {pair.Value} pixels");
        return string.Join("; ", shown) + (conflicts.Count > ShownConflicts ? $" and {conflicts.Count - ShownConflicts} more pairs" : "");
    }
}
