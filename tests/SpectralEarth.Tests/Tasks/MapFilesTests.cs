using SpectralEarth.Scenes;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

/// <summary>What a map may replace and what it may not.</summary>
public sealed class MapFilesTests : MapFixture
{
    [Test]
    public void A_map_that_would_replace_a_file_of_its_scene_is_refused_before_the_work()
    {
        var image = Directory.GetFiles(Product, "*SPECTRAL_IMAGE.TIF").Single();
        using var scene = Scene.Open(Product);
        var network = TinySegmentation.Write(Folder.File("own.safetensors"), windowSize: 16);
        var shares = new List<double>();

        Assert.That(() => SceneMapper.Map(network, TorchSharp.torch.CPU, new MapOptions(), scene, image, new Told<double>(shares.Add)),
            Throws.TypeOf<SceneException>().With.Message.Contains(image).And.Message.Contains("Choose another --out"));
        Assert.That(shares, Is.Empty);
        Assert.That(scene.Files, Does.Contain(image).And.Some.EndsWith("METADATA.XML").And.Some.EndsWith("QL_QUALITY_CLASSES.TIF"));
    }

    [TestCase("tif")]
    [TestCase("png")]
    [TestCase("areas.csv")]
    [TestCase("tif.aux.xml")]
    [TestCase("probabilities.tif")]
    [TestCase("uncertainty.tif")]
    public void A_file_that_is_no_map_is_not_replaced(string ending)
    {
        var file = Folder.File($"notes-{ending}/map.{ending}");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "notes");
        var shares = new List<double>();

        Assert.That(() => Map($"foreign-{ending}", windowSize: 16, outName: $"notes-{ending}/map.tif", options: new MapOptions { Probabilities = true, Uncertainty = true }, progress: new Told<double>(shares.Add)),
            Throws.TypeOf<SceneException>().With.Message.StartsWith(file).And.Message.Contains(ending == "tif" ? "no map that predict made" : "without its map").And.Message.Contains("Choose another --out, or move the file away"));
        Assert.That(shares, Is.Empty);
        Assert.That(Directory.GetFiles(Folder.File($"notes-{ending}")).Select(File.ReadAllText), Is.EqualTo(new[] { "notes" }));
    }

    [Test]
    public void Labels_of_others_are_not_replaced_but_maps_are_finished_or_not()
    {
        var labels = Folder.File("labels.tif");
        using (var scene = Scene.Open(Product))
            GeoTiffWriter.WriteImage<byte>(labels, RasterGrid.Of(scene), bands: 1, new TiffEncoding(), noData: 0, (_, _, samples) => samples.Fill(1));
        Assert.That(() => Map("labels", windowSize: 16), Throws.TypeOf<SceneException>().With.Message.StartsWith(labels));

        var first = Map("again", windowSize: 16).Files;
        File.Delete(first.Areas);
        File.Delete(first.Picture);
        var second = Map("again", windowSize: 16).Files;

        Assert.That(second.All, Is.All.Matches<string>(File.Exists));
    }

    [Test]
    public void Labels_that_synth_or_dataset_export_wrote_are_not_replaced()
    {
        var labels = Folder.File("exported.labels.tif");
        using (var scene = Scene.Open(Product))
            GeoTiffWriter.WriteClasses(labels, RasterGrid.Of(scene), [.. LabelledDataset.Classes], noData: 0, (_, _, codes) => codes.Fill(1));
        var before = File.ReadAllBytes(labels);

        Assert.That(() => Map("exported", windowSize: 16, outName: "exported.labels.tif"), Throws.TypeOf<SceneException>()
            .With.Message.StartsWith($"{labels}: exists, but is no map that predict made (a raster of 3 named classes without the mark of predict, so it may be labels)"));
        Assert.That(File.ReadAllBytes(labels), Is.EqualTo(before));
    }

    [Test]
    public void A_map_of_a_program_that_left_no_mark_is_known_by_its_areas()
    {
        var first = Map("unmarked", windowSize: 16).Files;
        using (var scene = Scene.Open(Product))
            GeoTiffWriter.WriteClasses(first.Map, RasterGrid.Of(scene), [.. LabelledDataset.Classes], noData: 0, (_, _, codes) => codes.Fill(1));

        Assert.That(() => Map("unmarked", windowSize: 16), Throws.Nothing);

        using var map = LabelRaster.Open(first.Map);
        Assert.That(map.ReadMaker(), Is.EqualTo("spectralearth predict"));
    }

    [Test]
    public void A_map_takes_the_probabilities_and_the_uncertainty_of_the_map_that_it_replaces_away()
    {
        var first = Map("replaced", windowSize: 16, new MapOptions { Probabilities = true, Uncertainty = true }).Files;
        using var cancel = new CancellationTokenSource();

        Assert.That(() => Map("replaced", windowSize: 16, progress: new Told<double>(_ => cancel.Cancel()), cancel: cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(first.All, Is.All.Matches<string>(File.Exists), "the earlier map is whole until the new one is in place");

        Map("replaced", windowSize: 16, new MapOptions { Uncertainty = true });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.Exists(first.Probabilities), Is.False);
            Assert.That(File.Exists(first.Uncertainty), Is.True);
        }

        var last = Map("replaced", windowSize: 16);

        Assert.That(File.Exists(first.Uncertainty), Is.False);
        Assert.That(last.Files.All, Is.All.Matches<string>(File.Exists));
    }

    [Test]
    public void A_map_that_cannot_be_written_is_refused_before_the_work()
    {
        Directory.CreateDirectory(Folder.File("taken.tif"));
        var shares = new List<double>();

        Assert.That(() => Map("taken", windowSize: 16, progress: new Told<double>(shares.Add)), Throws.TypeOf<IOException>().With.Message.Contains("taken.tif"));
        Assert.That(shares, Is.Empty);
    }
}
