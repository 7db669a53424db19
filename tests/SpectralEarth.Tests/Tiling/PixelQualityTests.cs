using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class PixelQualityTests
{
    private const int Side = 16;
    private const int Size = 80;

    private static readonly RasterWindow Whole = new(0, 0, Size, Size);

    private TemporaryFolder input = null!;
    private IReadOnlyList<string> products = null!;

    /// <summary>Two dates of one ground, with flags of every kind written into them.</summary>
    [OneTimeSetUp]
    public void WriteScenes()
    {
        input = new TemporaryFolder();
        products = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = input.Path, Scenes = 1, Dates = 2, SizePx = Size, Seed = 5 })[0].Products;
        foreach (var product in products)
        {
            Overwrite(product, "QL_QUALITY_SNOW", 1, (column, row, _) => row < 30 && column % 3 == 0 ? (byte)1 : (byte)0);
            Overwrite(product, "QL_QUALITY_CIRRUS", 1, (column, row, _) => column switch { < 20 => 255, < 40 => (byte)(row % 4), _ => 0 });
            Overwrite(product, "QL_QUALITY_TESTFLAGS", 1, (column, row, _) => (byte)((row * 7) + column));
            // Band 130 is not kept; bands 1 and 224 are.
            Overwrite(product, "QL_PIXELMASK", 224, (column, row, band) => (column, band) switch
            {
                (_, 130) => 1,
                (10, 1) or (50, 224) => (byte)(row % 2),
                (60, _) => 255,
                _ => 0,
            });
        }
    }

    [OneTimeTearDown]
    public void DeleteScenes() => input.Dispose();

    [Test]
    public void A_layer_that_a_mask_or_limit_asks_for_and_a_scene_lacks_is_told()
    {
        using var folder = new TemporaryFolder();
        var whole = Path.GetFileName(products[0]);
        Directory.CreateDirectory(folder.File(whole));
        foreach (var file in Directory.GetFiles(products[0]).Where(file => !file.Contains("QL_QUALITY_CLOUD.", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(folder.File(whole), Path.GetFileName(file)));
        var options = Options(folder.File("out")) with { Scenes = [folder.File(whole), products[1]] };
        var masked = options with { Mask = [PixelQuality.Cloud, PixelQuality.Snow] };
        var limited = options with { Output = folder.File("limited"), MaxShares = new Dictionary<PixelQuality, double> { [PixelQuality.Cloud] = 0.9, [PixelQuality.Haze] = 0.9 } };

        foreach (var warnings in new[] { Tiler.Forecast(masked).Warnings, Tiler.Run(masked).Warnings, Tiler.Run(masked).Warnings, Tiler.Run(limited).Warnings })
            Assert.That(warnings.Single(), Does.StartWith("The layer of cloud is missing in 1 of 2 scenes (ENMAP01").And.Contain("--max-cloud and --mask cloud have no effect"));
        Assert.That(Tiler.Forecast(options with { Output = folder.File("none") }).Warnings, Is.Empty);
    }

    [Test]
    public void Fractions_in_the_catalog_are_those_of_the_layers_among_pixels_with_data()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.Path));
        int[] bands = [1, 50, 224];

        foreach (var scenePatches in Dataset.Open(folder.Path).Catalog.GroupBy(patch => patch.SceneId))
        {
            using var scene = Scene.Open(products.First(product => product.Contains(scenePatches.Key, StringComparison.Ordinal)));
            var valid = new byte[Whole.Count];
            scene.ReadValidity(Whole, bands, valid);
            var (classes, cirrus, flags) = (Layer(scene, QualityLayer.Classes), Layer(scene, QualityLayer.Cirrus), Layer(scene, QualityLayer.TestFlags));
            foreach (var patch in scenePatches)
            {
                double Share(Func<int, int, bool> has) => Fraction(patch, valid, has);

                Assert.That(patch.SnowFraction, Is.EqualTo(Share((column, row) => row < 30 && column % 3 == 0)).Within(1e-6));
                Assert.That(patch.WaterFraction, Is.EqualTo(Share((column, row) => classes[(row * Size) + column] == 2)).Within(1e-6));
                Assert.That(patch.CirrusFraction, Is.EqualTo(Share((column, row) => cirrus[(row * Size) + column] is 1 or 2 or 3)).Within(1e-6));
                Assert.That(patch.LowQualityFraction, Is.EqualTo(Share((column, row) => flags[(row * Size) + column] % 4 >= 2)).Within(1e-6));
                Assert.That(patch.DefectiveFraction, Is.EqualTo(Share((column, row) => column is 10 or 50 && row % 2 == 1)).Within(1e-6));
            }
        }
    }

    [TestCase(PixelQuality.Snow, 0.1)]
    [TestCase(PixelQuality.Cirrus, 0.21)]
    [TestCase(PixelQuality.Water, 0.05)]
    [TestCase(PixelQuality.Defective, 0.02)]
    [TestCase(PixelQuality.LowQuality, 0.49)]
    public void Patches_above_the_limit_of_a_quality_are_left_out_and_counted(PixelQuality quality, double limit)
    {
        using var folder = new TemporaryFolder();
        var all = Tiler.Run(Options(folder.File("all")));

        var some = Tiler.Run(Options(folder.File("some")) with { MaxShares = new Dictionary<PixelQuality, double> { [quality] = limit } });

        var expected = Dataset.Open(folder.File("all")).Catalog.Where(patch => FractionOf(patch, quality) <= limit).Select(patch => (patch.LocationId, patch.SceneId)).ToArray();
        Assert.That(expected, Has.Length.GreaterThan(0).And.Length.LessThan(all.Patches));
        Assert.That(Dataset.Open(folder.File("some")).Catalog.Select(patch => (patch.LocationId, patch.SceneId)), Is.EqualTo(expected));
        Assert.That(some.SkippedOther, Is.EqualTo(all.Patches - expected.Length));
        Assert.That(File.ReadLines(folder.File("some/scenes.csv")).Skip(1).Sum(line => int.Parse(line.Split(',')[10])), Is.EqualTo(some.SkippedOther));
    }

    [Test]
    public void Masked_qualities_leave_the_pixels_alone_but_take_them_out_of_validity_and_statistics()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.File("plain")));
        Tiler.Run(Options(folder.File("masked")) with { Mask = [PixelQuality.Snow, PixelQuality.Defective] });
        var (plain, masked) = (Dataset.Open(folder.File("plain")), Dataset.Open(folder.File("masked")));

        var (sum, count) = (0.0, 0);
        for (var index = 0; index < masked.Catalog.Count; index++)
        {
            var (before, after) = (plain.Read(index), masked.Read(index));
            Assert.That(after.Info.LocationId, Is.EqualTo(before.Info.LocationId));
            Assert.That(after.Pixels, Is.EqualTo(before.Pixels));
            Assert.That((after.Info.NoDataFraction, after.Info.SnowFraction), Is.EqualTo((before.Info.NoDataFraction, before.Info.SnowFraction)));
            for (var pixel = 0; pixel < Side * Side; pixel++)
            {
                var (column, row) = (after.Info.SceneColumn + (pixel % Side), after.Info.SceneRow + (pixel / Side));
                var isMasked = (row < 30 && column % 3 == 0) || (column is 10 or 50 && row % 2 == 1);
                Assert.That(after.Validity[pixel], Is.EqualTo(isMasked ? 0 : before.Validity[pixel]));
                sum += after.Validity[pixel] * after.Pixels[pixel];
                count += after.Validity[pixel];
            }
        }

        Assert.That(masked.Catalog, Has.Count.EqualTo(plain.Catalog.Count));
        Assert.That(masked.Manifest.Statistics[0].Mean, Is.EqualTo(sum / count).Within(1e-6));
        Assert.That(masked.Manifest.Statistics[0].Mean, Is.Not.EqualTo(plain.Manifest.Statistics[0].Mean));
    }

    [Test]
    public void The_mask_of_an_image_that_has_not_all_bands_has_a_plane_for_each_that_it_has()
    {
        const int defective = 160;
        using var folder = new TemporaryFolder();
        var sensor = SensorCatalog.Load("enmap");
        var grid = new RasterGrid(Side, Side, new GeoTransform(364_095, 5_809_965, 30), 32633);
        var (bands, plane) = (sensor.DefaultBands.Count, sensor.DefaultBands.ToList().IndexOf(defective));
        GeoTiffWriter.WriteImage<short>(folder.File("cut-SPECTRAL_IMAGE.TIF"), grid, bands, new TiffEncoding { RowsPerStrip = Side }, Scene.NoData, (_, _, samples) => samples.Fill(100));
        GeoTiffWriter.WriteImage<byte>(folder.File("cut-QL_PIXELMASK.TIF"), grid, bands, new TiffEncoding { RowsPerStrip = Side }, noData: null, (_, _, samples) =>
        {
            for (var i = 0; i < samples.Length; i++)
                samples[i] = i % bands == plane ? (byte)1 : (byte)0;
        });
        using var scene = SensorImage.Open(folder.File("cut-SPECTRAL_IMAGE.TIF"), sensor);

        Assert.That(plane, Is.GreaterThan(0).And.LessThan(defective - 1));
        foreach (var (number, flag) in new[] { (defective, 1), (defective - 1, 0), (plane + 1, 0), (sensor.DefaultBands[^1], 0) })
        {
            var marks = new byte[Side * Side];
            Assert.That(scene.TryReadQualityOf(PixelQuality.Defective, new RasterWindow(0, 0, Side, Side), [number], marks), Is.True);
            Assert.That(marks, Is.All.EqualTo(flag), $"band {number}");
        }
    }

    [Test]
    public void A_product_without_a_layer_has_none_of_its_quality()
    {
        using var folder = new TemporaryFolder();
        var product = folder.File("scene");
        Directory.CreateDirectory(product);
        foreach (var file in Directory.GetFiles(products[0]).Where(file => !file.Contains("PIXELMASK") && !file.Contains("SNOW")))
            File.Copy(file, Path.Combine(product, Path.GetFileName(file)));

        Tiler.Run(Options(folder.File("out")) with { Scenes = [product], Mask = [PixelQuality.Snow] });

        Assert.That(Dataset.Open(folder.File("out")).Catalog.Select(patch => patch.DefectiveFraction + patch.SnowFraction), Is.All.Zero);
    }

    [Test]
    public void Names_of_qualities_are_words_with_hyphens()
    {
        Assert.That(QualityNames.All, Is.EqualTo(new[] { "cloud", "cloud-shadow", "haze", "cirrus", "snow", "water", "defective", "low-quality" }));
        Assert.That(QualityNames.All.Select(QualityNames.Named), Is.EqualTo(Enum.GetValues<PixelQuality>()));
        Assert.That(() => QualityNames.Named("clouds"), Throws.ArgumentException.With.Message.Contains("'clouds'").And.Message.Contains("cloud-shadow"));
    }

    private TileOptions Options(string output) => new()
    {
        Scenes = products,
        Output = output,
        PatchSize = Side,
        MaxNoData = 0.9,
        Bands = [1, 50, 224],
        MaxShares = new Dictionary<PixelQuality, double>(),
    };

    private static double FractionOf(PatchInfo patch, PixelQuality quality) =>
        PatchFractions.All.Single(fraction => fraction.Key == QualityNames.Of(quality).Replace('-', '_')).Value(patch);

    private static double Fraction(PatchInfo patch, byte[] valid, Func<int, int, bool> has)
    {
        var inside = from row in Enumerable.Range(patch.SceneRow, Side)
                     from column in Enumerable.Range(patch.SceneColumn, Side)
                     where row is >= 0 and < Size && column is >= 0 and < Size && valid[(row * Size) + column] == 1
                     select has(column, row);
        return inside.Average(flag => flag ? 1.0 : 0.0);
    }

    private static byte[] Layer(Scene scene, QualityLayer layer)
    {
        var values = new byte[Whole.Count];
        Assert.That(scene.TryReadQuality(layer, Whole, values), Is.True);
        return values;
    }

    private static void Overwrite(string product, string key, int bands, Func<int, int, int, byte> value)
    {
        RasterGrid grid;
        using (var scene = Scene.Open(product))
            grid = RasterGrid.Of(scene);
        var file = Directory.GetFiles(product, $"*{key}.TIF").Single();
        GeoTiffWriter.WriteImage<byte>(file, grid, bands, new TiffEncoding { RowsPerStrip = 8 }, noData: null, (firstRow, rows, samples) =>
        {
            for (var i = 0; i < samples.Length; i++)
                samples[i] = value(i / bands % Size, firstRow + (i / bands / Size), (i % bands) + 1);
        });
    }
}
