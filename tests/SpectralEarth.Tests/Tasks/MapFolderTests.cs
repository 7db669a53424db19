using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

public sealed class MapFolderTests
{
    private TemporaryFolder folder = null!;
    private string network = null!;

    [OneTimeSetUp]
    public void Synthesize()
    {
        folder = new TemporaryFolder();
        SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("scenes"), Scenes = 2, Dates = 1, SizePx = 40, Seed = 4 });
        Directory.CreateDirectory(folder.File("scenes/cut-off"));
        File.WriteAllText(folder.File("scenes/cut-off/X-METADATA.XML"), "<level_X>");
        network = TinySegmentation.Write(folder.File("network.safetensors"), windowSize: 16);
    }

    [OneTimeTearDown]
    public void Clean() => folder.Dispose();

    [Test]
    public void Every_scene_gets_a_map_and_a_bad_one_is_rejected_with_its_reason()
    {
        var report = Map("all");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Maps, Has.Count.EqualTo(2));
            Assert.That(report.Maps.SelectMany(map => map.Map.Files.All), Is.All.Matches<string>(File.Exists));
            Assert.That(report.Rejected.Single().Path, Does.EndWith("cut-off"));
            Assert.That(File.ReadAllText(folder.File("all/rejected.csv")), Does.Contain("cut-off"));
        }
    }

    [Test]
    public void An_interrupted_call_goes_on_with_the_first_unfinished_scene_and_gives_the_same_files()
    {
        Map("whole");
        using var cancel = new CancellationTokenSource();
        var stopInLastScene = new Told<MapProgress>(progress =>
        {
            if (progress.Scene == 3)    // the first is rejected
                cancel.Cancel();
        });

        Assert.That(() => Map("part", stopInLastScene, cancel: cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        var rest = Map("part");

        Assert.That((rest.FinishedBefore, rest.Maps.Count), Is.EqualTo((1, 1)));
        Assert.That(FolderContent.Of(folder.File("part")), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
    }

    [Test]
    public void A_network_that_diverged_ends_the_call_whatever_the_scene()
    {
        var diverged = TinySegmentation.Write(folder.File("diverged.safetensors"), windowSize: 16, diverged: true);

        Assert.That(() => new MapFolder(diverged, TorchSharp.torch.CPU, new MapOptions { TestTimeAugmentation = false }).Map([folder.File("scenes")], SensorCatalog.Load("enmap"), folder.File("none")),
            Throws.TypeOf<DivergedNetworkException>());
        Assert.That(Directory.GetFiles(folder.File("none"), "*.tif"), Is.Empty);
    }

    [Test]
    public void A_folder_with_maps_made_otherwise_is_refused()
    {
        Map("first");

        Assert.That(() => Map("first", options: new MapOptions { Overlap = 0.25 }), Throws.TypeOf<IOException>().With.Message.Contains("- overlap: 0.5 -> 0.25"));
    }

    [Test]
    public void Images_are_never_replaced_by_their_maps()
    {
        var image = Image("images/field.tif", scene: 0);
        var before = File.ReadAllBytes(image);

        var report = Map("images", scenes: [image]);

        Assert.That(report.Rejected.Single().Reason, Does.Contain(image).And.Contain("Choose another --out"));
        Assert.That(File.ReadAllBytes(image), Is.EqualTo(before));
    }

    [Test]
    public void A_file_in_the_place_of_a_map_is_rejected_with_its_scene_and_the_rest_goes_on()
    {
        var map = Path.GetFileName(Map("mapped").Maps[0].Map.Files.Map);
        Directory.CreateDirectory(folder.File("taken"));
        File.WriteAllText(folder.File($"taken/{map}"), "notes");

        var report = Map("taken");

        Assert.That((report.Maps.Count, report.Rejected.Count), Is.EqualTo((1, 2)), "the other scene is cut off");
        Assert.That(report.Rejected.Select(one => one.Reason), Has.One.Contains($"{map}: exists, but is no map"));
        Assert.That(File.ReadAllText(folder.File($"taken/{map}")), Is.EqualTo("notes"));
    }

    [Test]
    public void Images_of_one_name_have_a_map_each_in_one_call_or_in_several()
    {
        string[] images = [Image("one/field.tif", scene: 0), Image("other/field.tif", scene: 1)];

        var (first, second) = (Map("apart", scenes: [images[0]]), Map("apart", scenes: [images[1]]));
        var (together, again) = (Map("together", scenes: images), Map("together", scenes: images));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.Maps.Count, first.FinishedBefore, second.Maps.Count, second.FinishedBefore), Is.EqualTo((1, 0, 1, 0)));
            Assert.That(second.Maps[0].Map.Files.Map, Is.EqualTo(folder.File("apart/other-field.tif")));
            Assert.That((together.Maps.Count, together.Rejected.Count), Is.EqualTo((2, 0)));
            Assert.That((again.Maps.Count, again.FinishedBefore), Is.EqualTo((0, 2)));
            Assert.That(File.ReadAllBytes(folder.File("apart/other-field.tif")), Is.EqualTo(File.ReadAllBytes(folder.File("together/other-field.tif")))
                .And.Not.EqualTo(File.ReadAllBytes(folder.File("apart/field.tif"))));
        }
    }

    [Test]
    public void An_image_that_was_replaced_is_mapped_again()
    {
        var image = Image("changing/field.tif", scene: 0);
        Map("changed", scenes: [image]);
        var before = File.ReadAllBytes(folder.File("changed/field.tif"));
        Image("changing/field.tif", scene: 1);
        File.SetLastWriteTimeUtc(image, DateTime.UtcNow.AddSeconds(1));

        var report = Map("changed", scenes: [image]);

        Assert.That((report.Maps.Count, report.FinishedBefore), Is.EqualTo((1, 0)));
        Assert.That(File.ReadAllBytes(folder.File("changed/field.tif")), Is.Not.EqualTo(before));
    }

    /// <summary>Copies the image of a synthetic scene, without its metadata.</summary>
    private string Image(string name, int scene)
    {
        var path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(Directory.GetFiles(folder.File("scenes"), "*SPECTRAL_IMAGE.TIF", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ElementAt(scene), path, overwrite: true);
        return path;
    }

    private MapFolderReport Map(string name, IProgress<MapProgress>? progress = null, MapOptions? options = null, string[]? scenes = null, CancellationToken cancel = default) =>
        new MapFolder(network, TorchSharp.torch.CPU, options ?? new MapOptions { TestTimeAugmentation = false })
            .Map(scenes ?? [folder.File("scenes")], SensorCatalog.Load("enmap"), folder.File(name), progress, cancel);
}
