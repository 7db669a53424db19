using System.Text.Json;
using BitMiracle.LibTiff.Classic;
using SpectralEarth.Shards;
using SpectralEarth.Storage;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Scenes;
using SpectralEarth.Tests.Shards;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class PatchExporterTests
{
    private TemporaryFolder folder = null!;
    private Dataset dataset = null!;

    [OneTimeSetUp]
    public void Export()
    {
        folder = new TemporaryFolder();
        dataset = TestDataset.Write(folder.File("data"), SmallDataset.Labelled, SmallDataset.Patches(labels: true));
        Assert.That(PatchExporter.Export(dataset, folder.File("out"), []), Is.EqualTo(18));
    }

    [OneTimeTearDown]
    public void DeleteFiles() => folder.Dispose();

    [Test]
    public void Every_value_is_that_of_the_data_set()
    {
        for (var index = 0; index < dataset.Catalog.Count; index++)
        {
            var patch = dataset.Read(index);
            var name = folder.File($"out/{patch.Info.LocationId}/{patch.Info.SceneId}");
            using (Assert.EnterMultipleScope())
            {
                Assert.That(Read(name + ".tif").SelectMany(plane => plane), Is.EqualTo(patch.Pixels));
                Assert.That(Read(name + ".labels.tif").Single(), Is.EqualTo(patch.Labels!.Select(code => (short)code)));
                Assert.That(Read(name + ".validity.tif").Single(), Is.EqualTo(patch.Validity.Select(flag => (short)flag)));
            }
        }
    }

    [Test]
    public void Gdal_finds_place_wavelengths_scale_and_classes()
    {
        var info = dataset.Catalog[5];
        var name = folder.File($"out/{info.LocationId}/{info.SceneId}");

        var image = JsonDocument.Parse(Gdal.Run("gdalinfo", "-json", name + ".tif")).RootElement;
        var labels = JsonDocument.Parse(Gdal.Run("gdalinfo", "-json", name + ".labels.tif")).RootElement;

        Assert.That(image.GetProperty("geoTransform").EnumerateArray().Select(value => value.GetDouble()), Is.EqualTo(new[] { info.Left, 30, 0, info.Top, 0, -30 }));
        Assert.That(image.GetProperty("coordinateSystem").GetProperty("wkt").GetString(), Does.Contain("UTM zone 33N"));
        Assert.That(image.GetProperty("metadata").GetProperty("").GetProperty("SCENE_ID").GetString(), Is.EqualTo(info.SceneId));
        var band = image.GetProperty("bands")[3];
        Assert.That(band.GetProperty("description").GetString(), Is.EqualTo("band 4, 436.24 nm"));
        Assert.That(band.GetProperty("metadata").GetProperty("").GetProperty("wavelength").GetString(), Is.EqualTo("436.24"));
        Assert.That(band.GetProperty("scale").GetDouble(), Is.EqualTo(0.0001));
        Assert.That(band.GetProperty("noDataValue").GetDouble(), Is.EqualTo(-32768));
        Assert.That(labels.GetProperty("bands")[0].GetProperty("colorInterpretation").GetString(), Is.EqualTo("Palette"));
    }

    [Test]
    public void Locations_that_are_named_are_exported_with_all_their_dates()
    {
        var location = dataset.Catalog[6].LocationId;

        Assert.That(PatchExporter.Export(dataset, folder.File("some"), [location]), Is.EqualTo(2));
        var error = Assert.Throws<DatasetException>(() => PatchExporter.Export(dataset, folder.File("none"), [location[..^1] + "x"]));

        Assert.That(Directory.GetDirectories(folder.File("some")).Select(Path.GetFileName), Is.EqualTo(new[] { location }));
        Assert.That(error!.Message, Does.Contain("Did you mean").And.Contain("r01400"));
    }

    [TestCase(".tif")]
    [TestCase(".validity.tif")]
    [TestCase(".labels.tif")]
    [TestCase(".labels.tif.aux.xml")]
    public void No_file_of_another_maker_is_replaced_and_nothing_is_written_beside_it(string ending)
    {
        var info = dataset.Catalog[4];
        var foreign = folder.File($"foreign{ending}/{info.LocationId}/{info.SceneId}{ending}");
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        File.WriteAllText(foreign, "of another maker");

        Assert.That(() => PatchExporter.Export(dataset, folder.File($"foreign{ending}"), []),
            Throws.TypeOf<IOException>().With.Message.EqualTo($"{foreign} exists already. Choose an empty folder for --out."));

        Assert.That(File.ReadAllText(foreign), Is.EqualTo("of another maker"));
        Assert.That(Directory.GetFiles(folder.File($"foreign{ending}"), "*", new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = true }), Is.EqualTo(new[] { foreign }));
    }

    [Test]
    public void An_export_that_was_interrupted_goes_on_and_a_finished_one_is_not_replaced()
    {
        var output = folder.File("interrupted");
        using var cancel = new CancellationTokenSource();
        Assert.That(() => PatchExporter.Export(dataset, output, [], new Stop(cancel), cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => PatchExporter.Export(dataset, output, [dataset.Catalog[4].LocationId]), Throws.TypeOf<IOException>().With.Message.Contains("another export that was interrupted"));
        Assert.That(Directory.GetFiles(output, "*.tif", SearchOption.AllDirectories), Is.Not.Empty);

        Assert.That(PatchExporter.Export(dataset, output, []), Is.EqualTo(18));

        Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(folder.File("out"))));
        Assert.That(() => PatchExporter.Export(dataset, output, []), Throws.TypeOf<IOException>());
    }

    [TestCase("../../etc/passwd")]
    [TestCase("a/b")]
    [TestCase(".hidden")]
    [TestCase("")]
    public void Names_from_foreign_files_do_not_leave_the_folder(string sceneId)
    {
        var patch = SmallDataset.Patch(0, 0, 0);
        var foreign = new Patch { Info = patch.Info with { SceneId = sceneId }, Pixels = patch.Pixels, Validity = patch.Validity, Labels = null };
        using var other = new TemporaryFolder();
        var data = TestDataset.Write(other.File("data"), SmallDataset.Manifest, [foreign]);

        PatchExporter.Export(data, other.File("out"), []);

        Assert.That(Directory.GetFiles(other.File("out/" + patch.Info.LocationId), "*", new EnumerationOptions { AttributesToSkip = 0 }), Has.Length.EqualTo(2));
        Assert.That(FileNames.Safe(sceneId), Is.Not.EqualTo(FileNames.Safe(sceneId + "x")).And.Not.EqualTo(sceneId));
    }

    /// <summary>Stops the export after its first patch.</summary>
    private sealed class Stop(CancellationTokenSource cancel) : IProgress<double>
    {
        public void Report(double value) => cancel.Cancel();
    }

    /// <summary>Reads a TIFF of separate bands with LibTiff.NET alone, [C][H x W].</summary>
    private static short[][] Read(string path)
    {
        using var tiff = Tiff.Open(path, "r");
        var bands = tiff.GetField(TiffTag.SAMPLESPERPIXEL)?[0].ToInt() ?? 1;
        var bytes = tiff.GetField(TiffTag.BITSPERSAMPLE)[0].ToInt() / 8;
        var tiled = tiff.IsTiled();
        var side = tiff.GetField(TiffTag.IMAGEWIDTH)[0].ToInt();
        var width = tiled ? tiff.GetField(TiffTag.TILEWIDTH)[0].ToInt() : side;
        var buffer = new byte[tiled ? tiff.TileSize() : tiff.StripSize()];
        return [.. Enumerable.Range(0, bands).Select(band =>
        {
            _ = tiled ? tiff.ReadEncodedTile(band, buffer, 0, buffer.Length) : tiff.ReadEncodedStrip(band, buffer, 0, buffer.Length);
            return Enumerable.Range(0, side * side).Select(pixel => (pixel / side * width) + (pixel % side))
                .Select(place => bytes == 1 ? buffer[place] : BitConverter.ToInt16(buffer, 2 * place)).ToArray();
        })];
    }
}
