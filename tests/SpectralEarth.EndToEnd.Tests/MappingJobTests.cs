using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>A user's own polygons, maps of several scenes, vectors and search: the program as it is started.</summary>
[Parallelizable]
public sealed class MappingJobTests
{
    private const string Classes = "classes:\n- { code: 1, name: grass, color: '#66aa33' }\n- { code: 2, name: maize, color: '#ddcc33' }\n";

    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void RunTheJob()
    {
        folder = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--out", folder.File("scenes"), "--scenes", "2", "--dates", "1", "--size", "64", "--seed", "3");
        File.WriteAllText(folder.File("classes.yaml"), Classes);
        WritePolygons("fields.geojson", "grass", "maize");
        ProgramRun.Succeeds("tile", folder.File("scenes"), "--labels", folder.File("fields.geojson"), "--label-field", "crop", "--classes", folder.File("classes.yaml"),
            "--patch-size", "16", "--max-nodata", "0.9", "--max-cloud", "1", "--out", folder.File("data"));
        File.WriteAllText(folder.File("finetune.yaml"), "steps: 2\nbatch_size: 4\nspectral_probe: false\ntest_time_augmentation: false\nsplit: {block_size: 1}\n");
        File.WriteAllText(folder.File("pretrain.yaml"), "encoder: {width: 16, depth: 1, heads: 2, token_size: 4}\nmae: {decoder: {width: 16, heads: 2}, mask_ratio: 0.75}\nbatch_size: 4\nsteps: 2\n");
        ProgramRun.Succeeds("pretrain", "--data", folder.File("data"), "--recipe", folder.File("pretrain.yaml"), "--out", folder.File("pretrain"));
        ProgramRun.Succeeds("finetune", "--data", folder.File("data"), "--checkpoint", folder.File("pretrain"), "--recipe", folder.File("finetune.yaml"), "--out", folder.File("finetune"));
    }

    [OneTimeTearDown]
    public void DeleteFolder() => folder?.Dispose();

    [Test]
    public void Polygons_are_the_labels_of_the_data_set()
    {
        var info = ProgramRun.Succeeds("dataset", "info", folder.File("data"));

        Assert.That(info.Output, Does.Contain("grass").And.Contain("maize"));
    }

    [Test]
    public void Polygons_of_unknown_classes_are_refused_with_a_list()
    {
        WritePolygons("unknown.geojson", "grass", "rye");

        var run = ProgramRun.Of("tile", folder.File("scenes"), "--labels", folder.File("unknown.geojson"), "--label-field", "crop", "--classes", folder.File("classes.yaml"), "--out", folder.File("no"));

        Assert.That((run.ExitCode, Directory.Exists(folder.File("no"))), Is.EqualTo((1, false)), run.All);
        Assert.That(run.Messages, Does.Contain("'rye' (2 polygons)").And.Contain("1 grass, 2 maize"));
    }

    [Test]
    public void A_folder_of_scenes_is_mapped_the_bad_one_is_rejected_and_a_second_run_skips_what_is_finished()
    {
        Directory.CreateDirectory(folder.File("mixed/cut"));
        File.WriteAllText(folder.File("mixed/cut/X-METADATA.XML"), "<level_X>");
        string[] predict = ["predict", folder.File("scenes"), folder.File("mixed"), "--checkpoint", folder.File("finetune"), "--uncertainty", "--probabilities", "--out", folder.File("maps")];

        var first = ProgramRun.Of(predict);
        var second = ProgramRun.Of(predict);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.ExitCode, second.ExitCode), Is.EqualTo((3, 3)), first.All + second.All);
            Assert.That(Directory.GetFiles(folder.File("maps"), "*.areas.csv"), Has.Length.EqualTo(2));
            Assert.That(Directory.GetFiles(folder.File("maps"), "*.uncertainty.tif"), Has.Length.EqualTo(2));
            Assert.That(Directory.GetFiles(folder.File("maps"), "*.partial"), Is.Empty);
            Assert.That(first.Output, Does.Contain("commonest class"));
            Assert.That(second.Messages, Does.Contain("2 maps were finished before").And.Contain("rejected").And.Contain("cut"));
            // The run's recipe tested without augmentation, so the maps are made without.
            Assert.That(File.ReadAllText(folder.File("maps/predict.yaml")), Does.Contain("test_time_augmentation: false"));
        }
    }

    [Test]
    public void A_network_that_diverged_is_a_failure_with_a_way_out_and_maps_nothing()
    {
        var trained = ProgramRun.Of("finetune", "--data", folder.File("data"), "--checkpoint", folder.File("pretrain"), "--recipe", folder.File("finetune.yaml"),
            "--set", "optimizer.learning_rate=1e30", "--set", "steps=4", "--out", folder.File("diverged"));

        var mapped = ProgramRun.Of("predict", Directory.GetDirectories(folder.File("scenes"))[0], "--checkpoint", folder.File("diverged"), "--out", folder.File("diverged.tif"));

        foreach (var run in new[] { trained, mapped })
        {
            Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
            Assert.That(run.Messages, Does.Contain("Lower optimizer.learning_rate").And.Not.Contain("bug"));
        }

        Assert.That(Directory.GetFiles(folder.Path, "diverged.*"), Is.Empty);
    }

    [Test]
    public void A_call_that_maps_nothing_fails()
    {
        Directory.CreateDirectory(folder.File("empty"));

        var run = ProgramRun.Of("predict", folder.File("empty"), "--checkpoint", folder.File("finetune"), "--out", folder.File("no-maps"));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages, Does.Contain("No scene could be mapped"));
    }

    [Test]
    public void Locations_are_listed_for_searches_and_exports()
    {
        var listed = ProgramRun.Succeeds("dataset", "info", folder.File("data"), "--locations");

        Assert.That(listed.Output, Does.Contain(Shards.Dataset.Open(folder.File("data")).Catalog[0].LocationId));
    }

    [Test]
    public void Options_of_a_network_have_no_meaning_for_a_map()
    {
        var run = ProgramRun.Of("evaluate", "map.tif", "--labels", "labels.tif", "--part", "train");

        Assert.That(run.ExitCode, Is.EqualTo(2), run.All);
        Assert.That(run.Messages, Does.Contain("--part says how a network is scored"));
    }

    [Test]
    public void A_task_has_no_meaning_for_a_data_set()
    {
        var run = ProgramRun.Of("evaluate", "--data", "patches", "--checkpoint", "run", "--task", "enmap-cdl");

        Assert.That(run.ExitCode, Is.EqualTo(2), run.All);
        Assert.That(run.Messages, Does.Contain("--task says what --labels mean"));
    }

    [Test]
    public void Published_labels_of_a_map_need_their_task()
    {
        Directory.CreateDirectory(folder.File("fields"));
        File.WriteAllText(folder.File("fields/task.yaml"), """
            name: fields
            description: what grows here
            sensor: enmap
            type: segmentation
            image_folder: images
            label_folder: labels
            patch_size: 16
            classes:
              - { codes: [110, 120], name: grass, color: "#66aa33" }
              - { codes: [200], name: maize, color: "#ddcc33" }
            """);
        LabelClass[] classes = [new(1, "grass", "#66aa33"), new(2, "maize", "#ddcc33")];
        WriteCodes("grown.tif", classes, row => row < 2 ? 1 : 2);
        WriteCodes("published.tif", [], row => row switch { 0 => 110, 1 => 120, 2 => 200, _ => 130 });

        var refused = ProgramRun.Of("evaluate", folder.File("grown.tif"), "--labels", folder.File("published.tif"));
        var run = ProgramRun.Succeeds("evaluate", folder.File("grown.tif"), "--labels", folder.File("published.tif"), "--task", folder.File("fields"));

        Assert.That(refused.ExitCode, Is.EqualTo(1), refused.All);
        Assert.That(refused.Messages, Does.Contain("110").And.Contain("--task"));
        Assert.That(run.Output, Does.Contain("12 labelled pixels").And.Match(@"Overall accuracy\s*│ 1\.000"));
        Assert.That(run.Messages, Does.Contain("130 (4 px)"));

        void WriteCodes(string name, LabelClass[] named, Func<int, int> codeOfRow) => GeoTiffWriter.WriteClasses(
            folder.File(name), new RasterGrid(4, 4, new GeoTransform(364095, 5809965, 30), 32633), named, noData: 0, (first, rows, codes) =>
            {
                for (var pixel = 0; pixel < rows * 4; pixel++)
                    codes[pixel] = (byte)codeOfRow(first + (pixel / 4));
            });
    }

    [Test]
    public void Several_scenes_cannot_go_into_one_map()
    {
        var run = ProgramRun.Of("predict", folder.File("scenes"), "--checkpoint", folder.File("finetune"), "--out", folder.File("one.tif"));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain("2 scenes"));
    }

    [Test]
    public void Test_time_augmentation_can_be_asked_for()
    {
        var scene = Directory.GetFiles(folder.File("scenes"), "*METADATA.XML", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        ProgramRun.Succeeds("predict", scene, "--checkpoint", folder.File("finetune"), "--test-time-augmentation", "on", "--out", folder.File("augmented"));

        Assert.That(File.ReadAllText(folder.File("augmented/predict.yaml")), Does.Contain("test_time_augmentation: true"));
    }

    [Test]
    public void Vectors_are_written_and_searched()
    {
        ProgramRun.SucceedsOnThreads(3, "embed", folder.File("data"), "--checkpoint", folder.File("pretrain"), "--out", folder.File("data.parquet"));
        var location = Shards.Dataset.Open(folder.File("data")).Catalog[0].LocationId;

        var run = ProgramRun.Succeeds("similar", folder.File("data.parquet"), "--to", location, "--count", "3", "--csv", folder.File("found.csv"), "--data", folder.File("data"), "--out", folder.File("found.html"));

        Assert.That(File.ReadAllLines(folder.File("found.csv")), Has.Length.EqualTo(4));
        Assert.That(File.ReadAllText(folder.File("found.html")).Split("<img").Length - 1, Is.EqualTo(4));
        Assert.That(run.Output, Does.Contain("similarity"));
        ProgramRun.Succeeds("tile", folder.File("scenes"), "--patch-size", "16", "--max-nodata", "0.9", "--max-cloud", "1", "--out", folder.File("other-data"));
        var refused = ProgramRun.Of("similar", folder.File("data.parquet"), "--to", location, "--csv", folder.File("refused.csv"), "--data", folder.File("other-data"), "--out", folder.File("refused.html"));
        Assert.That((refused.ExitCode, File.Exists(folder.File("refused.csv")), File.Exists(folder.File("refused.html"))), Is.EqualTo((1, false, false)), refused.All);
        Assert.That(refused.Messages, Does.Contain("fingerprint"));
        Assert.That(refused.Output, Is.Empty);
    }

    [Test]
    public void Vectors_of_tokens_are_searched_by_token()
    {
        ProgramRun.Succeeds("embed", folder.File("data"), "--checkpoint", folder.File("finetune"), "--per", "token", "--out", folder.File("tokens.parquet"));
        var location = Shards.Dataset.Open(folder.File("data")).Catalog[0].LocationId;

        var run = ProgramRun.Succeeds("similar", folder.File("tokens.parquet"), "--to", location, "--token", "1,2", "--other-locations", "--data", folder.File("data"), "--out", folder.File("tokens.html"));
        var without = ProgramRun.Of("similar", folder.File("tokens.parquet"), "--to", location);

        Assert.That(run.Output, Does.Contain("tokens.html"));
        Assert.That(without.ExitCode, Is.EqualTo(1), without.All);
        Assert.That(without.Messages, Does.Contain("--token ROW,COLUMN"));
    }

    /// <summary>The western part of each scene is of the first class, the eastern part of the second.</summary>
    private void WritePolygons(string name, string western, string eastern)
    {
        var features = new List<string>();
        foreach (var metadata in Directory.GetFiles(folder.File("scenes"), "*METADATA.XML", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var scene = Scene.Open(Path.GetDirectoryName(metadata)!);
            features.Add(Feature(scene, 0, 30, western));
            features.Add(Feature(scene, 31, 64, eastern));
        }

        File.WriteAllText(folder.File(name), $$$"""{"type":"FeatureCollection","features":[{{{string.Join(',', features)}}}]}""");
    }

    private static string Feature(Scene scene, int left, int right, string crop)
    {
        (int, int)[] corners = [(left, 0), (right, 0), (right, 64), (left, 64), (left, 0)];
        var ring = string.Join(',', corners.Select(corner =>
        {
            var (easting, northing) = scene.GeoTransform.ToMap(corner.Item1, corner.Item2);
            var (longitude, latitude) = MapProjection.ToLongitudeLatitude(scene.Epsg, easting, northing);
            return string.Create(CultureInfo.InvariantCulture, $"[{longitude:R},{latitude:R}]");
        }));
        return $$$"""{"type":"Feature","properties":{"crop":"{{{crop}}}"},"geometry":{"type":"Polygon","coordinates":[[{{{ring}}}]]}}""";
    }
}
