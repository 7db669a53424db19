using System.Text;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Tiling.Importing;
using SpectralEarth.Tiling;
using SpectralEarth.Tiling.Importing;
using SpectralEarth.Tiling.Merging;

namespace SpectralEarth.Tests.Tiling;

public sealed class WavelengthTests
{
    private const int Side = 16;
    private const int Size = 48;

    /// <summary>Bands around every place where the arrangements differ, and the outermost ones.</summary>
    private static readonly int[] Bands = [1, 40, 82, 83, 100, 126, 142, 143, 160, 168, 224];

    private TemporaryFolder input = null!;
    private IReadOnlyList<string> products = null!;
    private Sensor sensor = null!;

    /// <summary>Dates of a synthetic ground alternate between arrangements A and B.</summary>
    [OneTimeSetUp]
    public void WriteScenes()
    {
        input = new TemporaryFolder();
        products = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = input.Path, Scenes = 1, Dates = 2, SizePx = Size, Seed = 5 })[0].Products;
        sensor = SensorCatalog.Load("enmap");
    }

    [OneTimeTearDown]
    public void DeleteScenes() => input.Dispose();

    [Test]
    public void By_number_the_bands_stay_and_each_scene_tells_its_own_wavelengths()
    {
        using var folder = new TemporaryFolder();

        var report = Tiler.Run(Options(folder.Path, WavelengthMode.ByNumber));

        Check(folder.Path, (scene, pixel, band) => pixel(band.Number));
        var rows = SceneRows(folder.Path);
        Assert.That(rows.Select(row => row["arrangement"]), Is.EquivalentTo(new[] { "A", "B" }));
        foreach (var row in rows)
            Assert.That(row["wavelengths_nm"].Split(' ').Select(double.Parse), Is.EqualTo(Known(row["arrangement"]).Select(Bands).WavelengthsNm));
        var largest = Known("A").Select(Bands).Zip(Known("B").Select(Bands), (a, b) => Math.Abs(a.WavelengthNm - b.WavelengthNm)).Max();
        Assert.That(largest, Is.GreaterThan(11));
        Assert.That(report.WavelengthDistanceNm, Is.EqualTo(largest).Within(0.0005));
    }

    [Test]
    public void Nearest_takes_the_band_closest_to_the_descriptors_wavelength()
    {
        using var folder = new TemporaryFolder();

        var report = Tiler.Run(Options(folder.Path, WavelengthMode.Nearest));

        Check(folder.Path, (scene, pixel, band) => pixel(scene.Metadata.Bands.MinBy(own => Math.Abs(own.WavelengthNm - band.WavelengthNm))!.Number));
        Assert.That(report.WavelengthDistanceNm, Is.GreaterThan(0.3).And.LessThan(0.5));
        Assert.That(Dataset.Open(folder.Path).Manifest.WavelengthsNm, Is.EqualTo(sensor.Bands.Select(Bands).WavelengthsNm));
        var moved = SceneRows(folder.Path).Single(row => row["arrangement"] == "B")["wavelengths_nm"].Split(' ').Select(double.Parse).ToArray();
        Assert.That(moved[Array.IndexOf(Bands, 142)], Is.EqualTo(1530.29));

        PatchExporter.Export(Dataset.Open(folder.Path), folder.File("images"), []);
        var texts = Directory.GetFiles(folder.File("images"), "*Z.tif", SearchOption.AllDirectories).Select(file => File.ReadAllText(file, Encoding.Latin1)).ToArray();
        Assert.That(texts.Where(text => text.Contains(">B<", StringComparison.Ordinal)), Is.Not.Empty.And.All.Match(">1530.29 nm<"), "band 143 of the scene");
        Assert.That(texts.Where(text => text.Contains(">A<", StringComparison.Ordinal)), Is.Not.Empty.And.All.Match(">band 142, "));
    }

    [Test]
    public void Linear_interpolates_between_the_neighbours_and_no_data_stays()
    {
        using var folder = new TemporaryFolder();

        var report = Tiler.Run(Options(folder.Path, WavelengthMode.Linear));

        Check(folder.Path, (scene, pixel, band) =>
        {
            var below = scene.Metadata.Bands.Where(own => own.WavelengthNm <= band.WavelengthNm).MaxBy(own => own.WavelengthNm);
            var above = scene.Metadata.Bands.Where(own => own.WavelengthNm >= band.WavelengthNm).MinBy(own => own.WavelengthNm);
            if (below is null || above is null || below == above)
                return pixel((below ?? above)!.Number);
            var (low, high) = (pixel(below.Number), pixel(above.Number));
            var weight = (band.WavelengthNm - below.WavelengthNm) / (above.WavelengthNm - below.WavelengthNm);
            return low == Scene.NoData || high == Scene.NoData ? Scene.NoData : ((1 - weight) * low) + (weight * high);
        });
        Assert.That(report.WavelengthDistanceNm, Is.GreaterThan(0.3).And.LessThan(0.5));
        var dates = Dataset.Open(folder.Path);
        Assert.That(dates.Catalog.Select(patch => patch.Arrangement).Distinct(), Is.EquivalentTo(new[] { "A", "B" }));
        foreach (var row in SceneRows(folder.Path))
            Assert.That(row["wavelengths_nm"].Split(' ').Select(double.Parse), Is.EqualTo(dates.Manifest.WavelengthsNm).Within(0.24));
    }

    [Test]
    public void Wavelengths_outside_a_scene_and_unknown_arrangements_are_refused()
    {
        var metadata = Metadata(products[0]);
        var shifted = metadata with { Bands = new BandTable(metadata.Bands.Select(band => band with { WavelengthNm = band.WavelengthNm + 5 })) };

        var unknown = Assert.Throws<SceneException>(() => new WavelengthPlan(sensor, Bands, WavelengthMode.ByNumber).ArrangementOf(shifted));
        var outside = Assert.Throws<SceneException>(() => new WavelengthPlan(sensor, Bands, WavelengthMode.Linear).MappingOf(shifted));
        var inside = new WavelengthPlan(sensor, [40, 200], WavelengthMode.Linear);

        Assert.That(unknown!.Message, Does.Contain("A by up to").And.Contain("--wavelengths nearest or linear"));
        Assert.That(outside!.Message, Does.Contain("Band 1 is wanted at 418.24 nm, outside the scene's 423.").And.Contain("Leave the band out"));
        Assert.That(inside.ArrangementOf(shifted), Is.EqualTo("other"));
        Assert.That(inside.MappingOf(shifted).WavelengthsNm, Is.EqualTo(sensor.Bands.Select([40, 200]).WavelengthsNm).Within(1e-9));
    }

    [TestCase(WavelengthMode.Nearest)]
    [TestCase(WavelengthMode.Linear)]
    public void A_wavelength_in_a_gap_of_the_scenes_bands_is_refused_and_takes_the_band_at_its_edge_within_the_tolerance(WavelengthMode mode)
    {
        var ofB = products.Select(Metadata).Single(metadata => sensor.ArrangementOf(metadata.Bands)!.Name == "B");
        var missing = Assert.Throws<SceneException>(() => Mapping([160, 164], ofB));
        Assert.That(missing!.Message, Does.Contain("Band 164 is wanted at 1939.44 nm, but the scene has no band between 1780.22 and 1967.66 nm. Leave the band out with --bands"));

        // A step of 16 nm is bridged, one of 49 nm is a gap.
        Assert.That(() => Mapping([200], Without(200)), Throws.Nothing);
        Assert.That(() => Mapping([200], Without(200, 201, 202, 203, 204)), Throws.TypeOf<SceneException>());
        var near = Without(200, 201, 202, 203, 204);
        near = near with { Bands = new BandTable(near.Bands.Select(band => band.Number == 199 ? band with { WavelengthNm = Known("A")[199].WavelengthNm - 0.9 } : band)) };
        Assert.That(Mapping([200], near).WavelengthsNm, Is.EqualTo(new[] { Known("A")[199].WavelengthNm - 0.9 }).Within(1e-9));

        BandMapping Mapping(int[] bands, SceneMetadata metadata) => new WavelengthPlan(sensor, bands, mode).MappingOf(metadata);
        SceneMetadata Without(params int[] bands) => ofB with { Bands = new BandTable(Known("A").Where(band => !bands.Contains(band.Number))) };
    }

    [TestCase(WavelengthMode.Nearest)]
    [TestCase(WavelengthMode.Linear)]
    public void All_default_bands_are_found_in_both_arrangements(WavelengthMode mode)
    {
        foreach (var product in products)
            Assert.That(new WavelengthPlan(sensor, sensor.DefaultBands, mode).MappingOf(Metadata(product)).WavelengthsNm, Is.EqualTo(sensor.Bands.Select(sensor.DefaultBands).WavelengthsNm).Within(0.5));
    }

    [Test]
    public void Channels_made_of_an_empty_band_are_empty_and_do_not_make_pixels_unusable()
    {
        using var folder = new TemporaryFolder();

        Tiler.Run(Options(folder.Path, WavelengthMode.Nearest) with { Bands = [40, 133] });

        Assert.That(SceneRows(folder.Path).Select(row => row["empty_bands"]), Is.All.EqualTo("133"));
        Assert.That(Dataset.Open(folder.Path).Catalog.Min(patch => patch.NoDataFraction), Is.LessThan(0.2));
    }

    [TestCase(WavelengthMode.Nearest)]
    [TestCase(WavelengthMode.ByNumber)]
    public void Merged_with_imported_patches_each_keeps_its_wavelengths(WavelengthMode mode)
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.File("tiled"), mode) with { Bands = null });
        foreach (var (place, arrangement) in sensor.Arrangements.Index())
            PublishedFiles.WriteImage(folder.File($"in/enmap/{arrangement.Name}/2.tif"), PublishedFiles.Pixels(202, seed: 1), place, arrangement.Bands.Select(sensor.DefaultBands));
        DatasetImporter.Run(new ImportOptions { Layout = PatchLayout.SpectralEarth, Folder = folder.File("in"), Output = folder.File("imported"), PatchSize = Side });

        DatasetMerger.Run([folder.File("tiled"), folder.File("imported")], folder.File("merged"));
        DatasetMerger.Run([folder.File("imported"), folder.File("merged")], folder.File("again"));

        foreach (var name in new[] { "tiled", "imported", "merged", "again" })
            PatchExporter.Export(Dataset.Open(folder.File(name)), folder.File("images-of-" + name), []);
        var expected = FolderContent.Of(folder.File("images-of-tiled")).Concat(FolderContent.Of(folder.File("images-of-imported"))).Order(StringComparer.Ordinal).ToArray();
        foreach (var name in new[] { "merged", "again" })
        {
            Assert.That(FolderContent.Of(folder.File("images-of-" + name)).Order(StringComparer.Ordinal), Is.EqualTo(expected));
            Assert.That(File.ReadAllText(folder.File($"{name}/scenes.csv")), Is.EqualTo(File.ReadAllText(folder.File("tiled/scenes.csv"))));
            Assert.That(DatasetVerifier.Run(folder.File(name)).Problems, Is.Empty);
            Assert.That(ManifestFile.Exists(folder.File(name)) && !File.Exists(folder.File($"{name}/tile.yaml")), Is.True);
        }
    }

    private TileOptions Options(string output, WavelengthMode mode) => new()
    {
        Scenes = products,
        Output = output,
        PatchSize = Side,
        MaxNoData = 0.9,
        MaxShares = new Dictionary<PixelQuality, double>(),
        Bands = Bands,
        Wavelengths = mode,
    };

    /// <summary>Compares every sample with a plain rule over the scene's bands.</summary>
    private void Check(string dataset, Func<Scene, Func<int, short>, Band, double> rule)
    {
        var tiled = Dataset.Open(dataset);
        for (var index = 0; index < tiled.Catalog.Count; index++)
        {
            var patch = tiled.Read(index);
            using var scene = Scene.Open(products.First(product => product.Contains(patch.Info.SceneId, StringComparison.Ordinal)));
            var numbers = scene.Metadata.Bands.Numbers;
            var all = new short[numbers.Count * Side * Side];
            scene.ReadPixels(new RasterWindow(patch.Info.SceneColumn, patch.Info.SceneRow, Side, Side), numbers, all);
            for (var sample = 0; sample < patch.Pixels.Length; sample++)
            {
                var (channel, pixel) = Math.DivRem(sample, Side * Side);
                var expected = rule(scene, number => all[((number - 1) * Side * Side) + pixel], sensor.Bands.Select([Bands[channel]])[0]);
                // Half a digital number: the result is rounded.
                Assert.That(patch.Pixels[sample], Is.EqualTo(expected).Within(0.5 + 1e-6), $"band {Bands[channel]}");
            }
        }
    }

    private BandTable Known(string arrangement) => sensor.Arrangements.Single(known => known.Name == arrangement).Bands;

    private static SceneMetadata Metadata(string product)
    {
        using var scene = Scene.Open(product);
        return scene.Metadata;
    }

    private static Dictionary<string, string>[] SceneRows(string dataset)
    {
        var rows = File.ReadLines(Path.Combine(dataset, "scenes.csv")).Select(line => line.Split(',')).ToArray();
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(cell => cell.First, cell => cell.Second))];
    }
}
