using System.Globalization;
using SpectralEarth.Storage;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>The files of one invented piece of ground.</summary>
/// <param name="Products">A product folder per date, in the order of the dates.</param>
/// <param name="Labels">Land-cover labels on the grid of all dates.</param>
public sealed record SynthesizedScene(IReadOnlyList<string> Products, string Labels);

/// <summary>
/// Writes EnMAP-like L2A products of invented ground: for trying the pipeline where no real scene is at hand, and for
/// tests that need the truth. Layout: <c>scene-01/PRODUCT/...</c> per date, <c>scene-01/labels.tif</c>, <c>classes.yaml</c>.
/// </summary>
public static class SceneSynthesizer
{
    /// <summary>Upper left corner of the first scene: UTM zone 33 north, on EnMAP's grid.</summary>
    private const double FirstLeft = 364_095, FirstTop = 5_809_965;

    private const int Epsg = 32633;
    private const double PixelSizeM = 30;
    private const int ScenesAcross = 8;

    /// <summary>Classes of the label rasters; 0 is unlabelled.</summary>
    public static IReadOnlyList<MapClass> Classes { get; } =
    [
        new(1, "roof", "#c8281e"),
        new(2, "pavement", "#808080"),
        new(3, "low vegetation", "#a6d854"),
        new(4, "tree", "#1b7837"),
        new(5, "soil", "#bf8040"),
        new(6, "water", "#2166ac"),
    ];

    /// <summary>Writes all scenes and dates. Existing files of the same names are replaced.</summary>
    /// <param name="options">What to invent.</param>
    /// <param name="cancel">Stops between row-blocks; the unfinished product lacks METADATA.XML.</param>
    /// <returns>The scenes in order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option lies outside its range.</exception>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static IReadOnlyList<SynthesizedScene> Write(SynthesisOptions options, CancellationToken cancel = default)
    {
        options.Check();
        Directory.CreateDirectory(options.OutputFolder);
        var scenes = Enumerable.Range(0, options.Scenes).Select(scene => WriteScene(options, scene, cancel)).ToList();
        AtomicFile.WriteText(Path.Combine(options.OutputFolder, "classes.yaml"), ClassesYaml());
        return scenes;
    }

    private static SynthesizedScene WriteScene(SynthesisOptions options, int scene, CancellationToken cancel)
    {
        var folder = Path.Combine(options.OutputFolder, string.Create(CultureInfo.InvariantCulture, $"scene-{scene + 1:D2}"));
        Directory.CreateDirectory(folder);
        var grid = Grid(options, scene);
        var ground = new GroundPixels(new Landscape(options.Seed, scene), options.SizePx);
        var latitude = MapProjection.ToLongitudeLatitude(Epsg, grid.GeoTransform.Left, grid.GeoTransform.Top).Latitude;
        var products = new List<string>();
        for (var date = 0; date < options.Dates; date++)
        {
            var acquisition = Acquisition.Draw(options.Seed, scene, date, latitude);
            var renderer = new SceneRenderer(options.Seed, scene, acquisition, ground, options.SizePx, options.HasMargin);
            var product = Path.Combine(folder, acquisition.ProductName);
            new ProductWriter(product, acquisition, grid, renderer, cancel).Write(options.ImageEncoding);
            products.Add(product);
        }

        var labels = Path.Combine(folder, "labels.tif");
        GeoTiffWriter.WriteClasses(labels, grid, Classes, noData: 0, ground.FillLabels);
        return new SynthesizedScene(products, labels);
    }

    /// <summary>Scenes stand side by side with a gap; all edges lie at odd multiples of 15 m, as EnMAP's do.</summary>
    private static RasterGrid Grid(SynthesisOptions options, int scene)
    {
        var step = PixelSizeM * (options.SizePx + (options.SizePx / 8));
        var place = new GeoTransform(FirstLeft + (step * (scene % ScenesAcross)), FirstTop - (step * (scene / ScenesAcross)), PixelSizeM);
        return new RasterGrid(options.SizePx, options.SizePx, place, Epsg);
    }

    private static string ClassesYaml() =>
        "# Classes of labels.tif; 0 is unlabelled.\nclasses:\n" +
        string.Concat(Classes.Select(one => $"- code: {one.Code}\n  name: {one.Name}\n  color: '{one.Color}'\n"));
}
