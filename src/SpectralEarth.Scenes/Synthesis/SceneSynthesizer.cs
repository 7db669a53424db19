using System.Globalization;
using SpectralEarth.Spectra;
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
    public static IReadOnlyList<LabelClass> Classes { get; } =
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
    /// <exception cref="IOException">
    /// A scene's folder holds products that would not be replaced, to which its labels would not belong; the folder is read-only or the disk is full.
    /// </exception>
    public static IReadOnlyList<SynthesizedScene> Write(SynthesisOptions options, CancellationToken cancel = default)
    {
        _ = options.Validated();
        for (var scene = 0; scene < options.Scenes; scene++)
            RequireNoOthers(options, scene);
        Directory.CreateDirectory(options.OutputFolder);
        var scenes = Enumerable.Range(0, options.Scenes).Select(scene => WriteScene(options, scene, cancel)).ToList();
        AtomicFile.WriteText(Path.Combine(options.OutputFolder, "classes.yaml"), ClassesYaml());
        return scenes;
    }

    private static SynthesizedScene WriteScene(SynthesisOptions options, int scene, CancellationToken cancel)
    {
        var folder = Folder(options, scene);
        Directory.CreateDirectory(folder);
        var grid = Grid(options, scene);
        var ground = new GroundPixels(new Landscape(options.Seed, scene), options.SizePx);
        var products = new List<string>();
        foreach (var acquisition in Acquisitions(options, scene))
        {
            var renderer = new SceneRenderer(options.Seed, scene, acquisition, ground, options.SizePx, options.HasMargin);
            var product = Path.Combine(folder, acquisition.ProductName);
            new ProductWriter(product, acquisition, grid, renderer, cancel).Write(options.ImageEncoding);
            products.Add(product);
        }

        var labels = Path.Combine(folder, "labels.tif");
        GeoTiffWriter.WriteClasses(labels, grid, Classes, noData: 0, ground.FillLabels);
        return new SynthesizedScene(products, labels);
    }

    private static string Folder(SynthesisOptions options, int scene) =>
        Path.Combine(options.OutputFolder, string.Create(CultureInfo.InvariantCulture, $"scene-{scene + 1:D2}"));

    private static IEnumerable<Acquisition> Acquisitions(SynthesisOptions options, int scene)
    {
        var place = Grid(options, scene).GeoTransform;
        var latitude = MapProjection.ToLongitudeLatitude(Epsg, place.Left, place.Top).Latitude;
        return Enumerable.Range(0, options.Dates).Select(date => Acquisition.Draw(options.Seed, scene, date, latitude));
    }

    /// <summary>Labels of one ground must not come to lie among products of another.</summary>
    private static void RequireNoOthers(SynthesisOptions options, int scene)
    {
        var folder = Folder(options, scene);
        if (!Directory.Exists(folder))
            return;
        var own = Acquisitions(options, scene).Select(acquisition => acquisition.ProductName).ToHashSet(StringComparer.Ordinal);
        if (Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal).FirstOrDefault(name => !own.Contains(name)) is { } other)
            throw new IOException($"{folder}: holds {other}, a product of another seed or with more dates, to which the new labels would not belong. Choose another --out, or delete the folder.");
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
