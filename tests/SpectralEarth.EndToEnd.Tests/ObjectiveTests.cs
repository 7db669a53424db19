using SpectralEarth.Checkpoints;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>Pretraining by each objective on synthetic scenes, as a user runs it, and what other verbs make of the result.</summary>
[Parallelizable]
public sealed class ObjectiveTests
{
    private TemporaryFolder folder = null!;

    private string Data => folder.File("patches");

    [OneTimeSetUp]
    public void MakePatches()
    {
        folder = new TemporaryFolder();
        var scenes = folder.File("scenes");
        ProgramRun.Succeeds("synth", "--out", scenes, "--scenes", "1", "--dates", "2", "--size", "64", "--seed", "5");
        ProgramRun.Succeeds(["tile", scenes, "--labels", .. Directory.GetFiles(scenes, "labels.tif", SearchOption.AllDirectories),
            "--classes", Path.Combine(scenes, "classes.yaml"), "--patch-size", "16", "--out", Data]);
    }

    [OneTimeTearDown]
    public void DeletePatches() => folder.Dispose();

    [TestCase("moco_v2", "moco_v2: {hidden_width: 32, output_width: 16, queue_length: 32}")]
    [TestCase("dino", "dino: {hidden_width: 32, bottleneck_width: 16, outputs: 24, local_views: {count: 2, size: 8}}")]
    public void Each_objective_trains_and_leaves_an_encoder_that_finetune_and_export_take(string objective, string section)
    {
        var (recipe, run) = (folder.File($"{objective}.yaml"), folder.File(objective));
        File.WriteAllText(recipe, $$"""
            objective: {{objective}}
            {{section}}
            positives: temporal
            encoder: {width: 32, depth: 1, heads: 2}
            augmentation: {resized_crop_scale: [0.3, 1], blur_probability: 0.5}
            batch_size: 4
            steps: 4
            """);
        File.WriteAllText(folder.File("finetune.yaml"), "steps: 2\nbatch_size: 4\nspectral_probe: false\ntest_time_augmentation: false\nsplit: {block_size: 1}\n");

        ProgramRun.Succeeds("pretrain", "--data", Data, "--recipe", recipe, "--out", run);
        ProgramRun.Succeeds("export", run, "--format", "safetensors", "--out", folder.File($"{objective}.safetensors"));
        ProgramRun.Succeeds("finetune", "--data", Data, "--checkpoint", run, "--recipe", folder.File("finetune.yaml"), "--out", folder.File($"{objective}-finetuned"));

        Assert.That(File.ReadLines(Path.Combine(run, "metrics.csv")).Count(), Is.EqualTo(5));
        Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain("Effective rank"));
        using var weights = SafeTensorsFile.Open(folder.File($"{objective}.safetensors"));
        Assert.That(weights.Names, Does.Contain("vit_core.cls_token").And.Contain("spectral_adapter.0.weight"));
    }

    [Test]
    public void A_section_of_another_objective_is_refused_by_name()
    {
        File.WriteAllText(folder.File("mixed.yaml"), "objective: moco_v2\ndino: {outputs: 64}\nmae: {mask_ratio: 0.8}\naugmentation: {resized_crop_scale: [0.3, 1]}\n");

        var run = ProgramRun.Of("pretrain", "--data", Data, "--recipe", folder.File("mixed.yaml"), "--out", folder.File("mixed"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain("dino is given, but the objective is moco_v2").And.Contain("mae is given, but the objective is moco_v2"));
    }
}
