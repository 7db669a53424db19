using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using SpectralEarth.Checkpoints;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>The whole job on the real scene with a very small network: every verb, every file it leaves.</summary>
[Parallelizable]
public sealed class MainJobTests
{
    private TemporaryFolder folder = null!;
    private ProgramRun tiled = null!, pretrained = null!, finetuned = null!, mapped = null!;

    private string Data => folder.File("patches");

    [OneTimeSetUp]
    public void RunTheJob()
    {
        var scene = SharedData.PotsdamScene();
        folder = new TemporaryFolder();
        tiled = ProgramRun.Succeeds("tile", scene, "--labels", SharedData.PotsdamLabels(), "--patch-size", "32", "--out", Data);
        File.WriteAllText(folder.File("pretrain.yaml"), """
            encoder: {width: 32, depth: 1, heads: 2}
            mae: {decoder: {width: 32, heads: 2}, mask_ratio: 0.75}
            batch_size: 4
            steps: 6
            """);
        File.WriteAllText(folder.File("finetune.yaml"), "steps: 6\nbatch_size: 4\ntest_time_augmentation: false\nsplit: {block_size: 1}\n");
        pretrained = ProgramRun.Succeeds("pretrain", "--data", Data, "--recipe", folder.File("pretrain.yaml"), "--out", folder.File("pretrain"));
        finetuned = ProgramRun.Succeeds("finetune", "--data", Data, "--checkpoint", folder.File("pretrain"), "--recipe", folder.File("finetune.yaml"), "--out", folder.File("finetune"));
        mapped = ProgramRun.Succeeds("predict", scene, "--checkpoint", folder.File("finetune"), "--out", folder.File("map.tif"));
        ProgramRun.Succeeds("export", folder.File("pretrain"), "--format", "safetensors", "--out", folder.File("encoder.safetensors"));
    }

    [OneTimeTearDown]
    public void DeleteFolder() => folder?.Dispose();

    [Test]
    public void DuckDB_reads_the_catalog_and_the_shards_and_finds_the_same_patches()
    {
        using var database = new DuckDBConnection("DataSource=:memory:");
        database.Open();

        var catalog = Scalar(database, $"SELECT count(DISTINCT location_id) FROM '{Data}/catalog.parquet'");
        var shards = Scalar(database, $"SELECT count(*) FROM '{Data}/shards/*.parquet'");
        var shared = Scalar(database, $"SELECT count(*) FROM '{Data}/catalog.parquet' c JOIN '{Data}/shards/*.parquet' s USING (location_id, scene_id)");

        Assert.That(catalog, Is.Positive);
        Assert.That((shards, shared), Is.EqualTo((catalog, catalog)));
    }

    [Test]
    public void Gdal_reads_the_map_with_the_scenes_place_and_the_classes()
    {
        var map = Gdal("-json", folder.File("map.tif"));
        var scene = Gdal("-json", Directory.GetFiles(SharedData.PotsdamScene(), "*-SPECTRAL_IMAGE.TIF").Single());

        Assert.That(map.GetProperty("geoTransform").ToString(), Is.EqualTo(scene.GetProperty("geoTransform").ToString()));
        Assert.That(map.GetProperty("size").ToString(), Is.EqualTo(scene.GetProperty("size").ToString()));
        Assert.That(map.GetProperty("coordinateSystem").GetProperty("wkt").GetString(), Does.Contain("UTM zone 33N"));
        var band = map.GetProperty("bands")[0];
        Assert.That(band.GetProperty("type").GetString(), Is.EqualTo("Byte"));
        Assert.That(band.GetProperty("noDataValue").GetDouble(), Is.Zero);
        Assert.That(band.GetProperty("colorInterpretation").GetString(), Is.EqualTo("Palette"));
    }

    [Test]
    public void Verbs_end_with_what_was_reached_where_it_lies_and_the_next_command()
    {
        Assert.That(tiled.Output, Is.EqualTo(Data + "\n"));
        Assert.That(tiled.Messages.TrimEnd(), Does.EndWith($"next: spectralearth finetune --data {Data} --checkpoint PRETRAINED --recipe checkpoints/demo/finetune.yaml --out RUN"));
        Assert.That(pretrained.Output, Is.EqualTo(folder.File("pretrain") + "\n"));
        Assert.That(pretrained.Messages, Does.Match(@"\nstep 6 of 6 after \d+:\d\d:\d\d, loss \d+\.\d{4}\n").And.Contain($"\nweights {folder.File("pretrain/checkpoints/step-00000006.safetensors")}\n"));
        Assert.That(pretrained.Messages.TrimEnd(), Does.EndWith($"next: spectralearth finetune --data LABELLED --checkpoint {folder.File("pretrain")} --recipe checkpoints/demo/finetune.yaml --out RUN"));
        Assert.That(finetuned.Output, Does.EndWith(folder.File("finetune") + "\n"));
        Assert.That(finetuned.Messages, Does.Match(@"\nstep \d of 6 after ").And.Contain($"\nweights {folder.File("finetune/checkpoints/best.safetensors")}\n"));
        Assert.That(finetuned.Messages.TrimEnd(), Does.EndWith($"next: spectralearth predict SCENE --checkpoint {folder.File("finetune")} --out map.tif"));
        Assert.That(mapped.Output, Does.Contain($"{folder.File("map.tif")}\n{folder.File("map.tif.aux.xml")}\n"));
    }

    [Test]
    public void Resume_finds_a_finished_run_done_and_begins_none()
    {
        string[] resume = ["pretrain", "--data", Data, "--recipe", folder.File("pretrain.yaml"), "--resume", "--out"];

        var again = ProgramRun.Succeeds([.. resume, folder.File("pretrain")]);
        var none = ProgramRun.Of([.. resume, folder.File("none")]);

        Assert.That(again.Messages, Does.Contain(" parameters, finished already: 6 steps\n").And.Not.Contain("going on"));
        Assert.That(again.Output, Is.EqualTo(pretrained.Output));
        Assert.That(none.ExitCode, Is.EqualTo(1));
        Assert.That(none.Messages, Does.Contain("there is no run to resume"));
        Assert.That(Directory.Exists(folder.File("none")), Is.False);
    }

    [Test]
    public void The_map_covers_the_valid_area_and_has_a_picture_and_areas()
    {
        var areas = File.ReadAllLines(folder.File("map.areas.csv")).Skip(1).Select(line => line.Split(','));

        Assert.That(areas.Sum(row => long.Parse(row[2], CultureInfo.InvariantCulture)), Is.EqualTo(14336));
        Assert.That(File.ReadAllBytes(folder.File("map.png")).AsSpan(1, 3).ToArray(), Is.EqualTo("PNG"u8.ToArray()));
    }

    [Test]
    public void The_exported_encoder_carries_the_reference_names_and_the_trained_values()
    {
        using var exported = SafeTensorsFile.Open(folder.File("encoder.safetensors"));
        using var trained = SafeTensorsFile.Open(CheckpointFile.Resolve(folder.File("pretrain")));

        using var theirs = exported.Read("vit_core.blocks.0.attn.qkv.weight");
        using var ours = trained.Read("model.encoder.vit_core.blocks.0.attn.qkv.weight");

        Assert.That(exported.Names, Does.Contain("spectral_adapter.0.weight").And.Contain("vit_core.cls_token").And.Contain("vit_core.norm.bias"));
        Assert.That(theirs.data<float>().ToArray(), Is.EqualTo(ours.data<float>().ToArray()));
    }

    [Test]
    public void A_task_network_exported_for_PyTorch_and_imported_again_draws_the_same_map()
    {
        ProgramRun.Succeeds("export", folder.File("finetune"), "--format", "pytorch", "--part", "task", "--out", folder.File("task.pth"));
        var home = ProgramRun.Home(folder.File("home-of-task"));

        var imported = ProgramRun.InHome(home, "import", folder.File("task.pth"), "--as", "task");
        var again = ProgramRun.InHome(home, "import", folder.File("task.pth"), "--as", "task");
        ProgramRun.Succeeds("predict", SharedData.PotsdamScene(), "--checkpoint", Path.Combine(home, "checkpoints", "task"), "--test-time-augmentation", "off", "--out", folder.File("again.tif"));

        Assert.That(imported.ExitCode, Is.Zero, imported.All);
        Assert.That(imported.Messages, Does.Contain("matched").And.Contain("missing none").And.Contain("left over none"));
        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.Messages, Does.Contain("exists already"));
        Assert.That(File.ReadAllBytes(folder.File("again.tif")), Is.EqualTo(File.ReadAllBytes(folder.File("map.tif"))));
        Assert.That(ProgramRun.Succeeds("inspect", "--compare", Path.Combine(home, "checkpoints", "task"), folder.File("finetune")).Output, Does.Contain(" 0 differ"));
    }

    [Test]
    public void An_imported_encoder_can_be_fine_tuned_and_inspected()
    {
        var home = ProgramRun.Home(folder.File("home-of-encoder"));
        File.WriteAllText(folder.File("shape.yaml"), "encoder: {width: 32, depth: 1, heads: 2}\ncrop_size: 32\n");
        var bare = folder.File("bare.safetensors");
        using (var encoder = WeightFile.Open(folder.File("encoder.safetensors")))
        using (TorchSharp.torch.NewDisposeScope())
            SafeTensorsFile.Write(bare, encoder.Names.ToDictionary(name => "backbone." + name, encoder.Read));

        var imported = ProgramRun.InHome(home, "import", bare, "--as", "encoder", "--recipe", folder.File("shape.yaml"));
        var path = Path.Combine(home, "checkpoints", "encoder");
        ProgramRun.Succeeds("finetune", "--data", Data, "--checkpoint", path, "--recipe", folder.File("finetune.yaml"), "--set", "steps=2", "--out", folder.File("tuned"));

        Assert.That(imported.Output, Does.Contain(path));
        Assert.That(File.ReadAllText(Path.Combine(path, "README.md")), Does.Contain("bare.safetensors").And.Contain("| architecture | encoder: spectral adapter, then ViT of width 32,"));
        using var report = JsonDocument.Parse(ProgramRun.Succeeds("inspect", path, "--json").Output);
        Assert.That(report.RootElement.GetProperty("description").GetProperty("architecture").GetString(), Is.EqualTo("encoder"));
        Assert.That(report.RootElement.GetProperty("parts")[0].GetProperty("part").GetString(), Is.EqualTo("encoder"));
    }

    [Test]
    public void A_pickle_that_wants_to_run_something_is_refused_by_name()
    {
        File.WriteAllBytes(folder.File("evil.pth"), [0x80, 2, .. "cos\nsystem\n(X\x02\0\0\0lstR."u8]);

        var run = ProgramRun.Of("inspect", folder.File("evil.pth"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain("evil.pth: at byte 2: 'os.system' is refused"));
    }

    [Test]
    public void Runs_leave_recipe_provenance_metrics_log_events_and_report()
    {
        foreach (var run in new[] { "pretrain", "finetune" })
        {
            foreach (var file in new[] { "recipe.yaml", "run.yaml", "metrics.csv", "log.jsonl", "report.html" })
                Assert.That(folder.File($"{run}/{file}"), Does.Exist);
            Assert.That(Directory.GetFiles(folder.File($"{run}/tensorboard")), Is.Not.Empty);
        }

        var scores = JsonDocument.Parse(File.ReadAllText(folder.File("finetune/metrics.json"))).RootElement;
        var (accuracy, majority) = (Accuracy("test"), Accuracy("majority"));
        Assert.That(finetuned.Output, Does.Match($@"Overall accuracy\s*│ {accuracy} .*│ {majority} "), "the table shows what the file holds");

        string Accuracy(string part) => scores.GetProperty(part).GetProperty("overall_accuracy").GetDouble().ToString("0.000", CultureInfo.InvariantCulture);
    }

    [Test]
    public void Evaluate_compares_the_map_with_labels()
    {
        var run = ProgramRun.Succeeds("evaluate", folder.File("map.tif"), "--labels", SharedData.PotsdamLabels(), "--checkpoint", folder.File("finetune"));

        Assert.That(run.Output, Does.Contain("4696 labelled pixels").And.Contain("Macro F1"));
    }

    [Test]
    public void Evaluate_scores_a_network_on_a_part_of_a_split()
    {
        ProgramRun.Succeeds("dataset", "split", Data, "--block-size", "1");
        var run = ProgramRun.Succeeds("evaluate", "--data", Data, "--checkpoint", folder.File("finetune"), "--part", "train", "--out", folder.File("scores"));

        Assert.That(run.Output, Does.Contain("part train").And.Contain("Macro F1"));
        Assert.That(folder.File("scores/report.html"), Does.Exist);
        Assert.That(ProgramRun.Of("evaluate", "--data", Data, "--labels", "x.tif").ExitCode, Is.EqualTo(2));
    }

    [Test]
    public void Benchmark_compares_networks_and_baselines_and_goes_on_where_it_stopped()
    {
        File.WriteAllText(folder.File("plan.yaml"), """
            tasks:
              - { name: potsdam, data: patches, recipe: finetune.yaml, set: [steps=2, test_time_augmentation=false] }
            checkpoints:
              - { name: pretrained, path: pretrain }
            protocols:
              - { name: frozen, set: [freeze=encoder, spectral_probe=false] }
            baselines: [majority, random_forest, linear_probe]
            """);

        var first = ProgramRun.Succeeds("benchmark", folder.File("plan.yaml"), "--out", folder.File("benchmark"));
        var again = ProgramRun.Succeeds("benchmark", folder.File("plan.yaml"), "--out", folder.File("benchmark"));
        File.WriteAllText(folder.File("bad.yaml"), File.ReadAllText(folder.File("plan.yaml"))
            .Replace("path: pretrain", "path: nowhere", StringComparison.Ordinal).Replace("[majority, random_forest, linear_probe]", "[]", StringComparison.Ordinal));
        var failed = ProgramRun.Of("benchmark", folder.File("bad.yaml"), "--out", folder.File("bad"));

        Assert.That(first.Output, Does.Contain("pretrained, frozen").And.Contain("pretrained, linear_probe").And.Contain("random_forest"));
        Assert.That(again.Messages, Does.Contain("4 of 4: ").And.Contain("4 were finished before"));
        Assert.That(File.ReadAllText(folder.File("benchmark/table.csv")), Does.Contain("potsdam,random_forest,macro_f1,"));
        Assert.That(failed.ExitCode, Is.EqualTo(1), "no run succeeded");
        Assert.That(failed.Messages, Does.Contain("nowhere does not exist: all runs with it will fail"));
        Assert.That(File.ReadAllText(folder.File("bad/benchmark.html")), Does.Contain("nowhere"));
    }

    [Test]
    public void Predict_refuses_a_pretraining_checkpoint_and_says_why()
    {
        var run = ProgramRun.Of("predict", SharedData.PotsdamScene(), "--checkpoint", folder.File("pretrain"), "--out", folder.File("no.tif"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain("mae").And.Contain("segmentation"));
        Assert.That(folder.File("no.tif"), Does.Not.Exist);
    }

    [Test]
    public void A_flipped_byte_in_a_shard_is_found_and_its_patch_named()
    {
        var copy = folder.File("damaged");
        FolderContent.Copy(Data, copy);
        var shard = Directory.GetFiles(Path.Combine(copy, "shards")).Single();
        var bytes = File.ReadAllBytes(shard);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(shard, bytes);

        var run = ProgramRun.Of("pretrain", "--data", copy, "--recipe", folder.File("pretrain.yaml"), "--set", "batch_size=36", "--out", folder.File("never"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain(Path.GetFileName(shard)).And.Contain("32633-32-"));
    }

    private static long Scalar(DuckDBConnection database, string query)
    {
        using var command = database.CreateCommand();
        command.CommandText = query;
        return (long)command.ExecuteScalar()!;
    }

    private static JsonElement Gdal(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("gdalinfo", arguments) { RedirectStandardOutput = true })!;
            return JsonDocument.Parse(process.StandardOutput.ReadToEnd()).RootElement;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("Skipped: gdalinfo is not installed (Debian: gdal-bin).");
            throw;
        }
    }
}
