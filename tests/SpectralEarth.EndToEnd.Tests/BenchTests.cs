using System.Text.Json;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary><c>spectralearth bench</c>: what a user needs to size a job.</summary>
[Parallelizable]
public sealed class BenchTests
{
    private static readonly string[] Small =
    [
        "--set", "encoder.width=32", "--set", "encoder.depth=1", "--set", "encoder.heads=2", "--set", "mae.decoder.width=32", "--set", "mae.decoder.heads=2",
        "--set", "crop_size=16", "--set", "bands=80", "--set", "batch_size=2",
    ];

    [Test]
    public void Steps_are_measured_against_the_matrix_product()
    {
        using var answer = JsonDocument.Parse(ProgramRun.Succeeds(["bench", .. Small, "--steps", "1", "--json"]).Output);

        var step = answer.RootElement.GetProperty("step");
        Assert.That(step.GetProperty("peak_gigaflops_per_second").GetDouble(), Is.Positive);
        Assert.That(step.GetProperty("peak_share").GetDouble(), Is.GreaterThan(0).And.LessThan(1));
        Assert.That(step.GetProperty("patches_per_second").GetDouble() * step.GetProperty("step_seconds").GetDouble(), Is.EqualTo(2).Within(1e-6));
        Assert.That(step.GetProperty("work").EnumerateArray().Select(stage => stage.GetProperty("stage").GetString()), Does.Contain("encoder blocks"));
    }

    [Test]
    public void A_data_sets_own_shape_is_taken_and_its_loading_measured()
    {
        using var folder = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--out", folder.File("scenes"), "--scenes", "1", "--dates", "1", "--size", "64", "--seed", "3");
        ProgramRun.Succeeds("tile", folder.File("scenes"), "--patch-size", "32", "--out", folder.File("data"));

        var run = ProgramRun.Succeeds(["bench", .. Small.Take(10), "--set", "batch_size=2", "--data", folder.File("data"), "--steps", "1"]);

        Assert.That(run.Output, Does.Contain("loading").And.Contain("patches/s").And.Contain("% of the matrix product"));
    }

    [Test]
    public void A_plan_is_hours_storage_and_memory_and_needs_the_peak()
    {
        string[] arguments = ["bench", "--set", "batch_size=256", "--plan", "--gpus", "4", "--patches", "1000000"];

        var run = ProgramRun.Succeeds([.. arguments, "--peak-tflops", "100"]);
        using var twice = JsonDocument.Parse(ProgramRun.Succeeds([.. arguments, "--peak-tflops", "200", "--json"]).Output);
        using var single = JsonDocument.Parse(ProgramRun.Succeeds([.. arguments, "--peak-tflops", "100", "--json"]).Output);
        var incomplete = ProgramRun.Of(arguments);
        var undivided = ProgramRun.Of([.. arguments, "--peak-tflops", "100", "--set", "batch_size=30"]);

        Assert.That(run.Output, Does.Contain("hours").And.Contain("GB on disk").And.Contain("GB per GPU"));
        Assert.That(twice.RootElement.GetProperty("hours").GetDouble(), Is.EqualTo(single.RootElement.GetProperty("hours").GetDouble() / 2).Within(1e-9));
        Assert.That((incomplete.ExitCode, undivided.ExitCode), Is.EqualTo((2, 1)), incomplete.All + undivided.All);
        Assert.That(incomplete.Messages, Does.Contain("--peak-tflops"));
        Assert.That(undivided.Messages, Does.Contain("batch_size 30").And.Contain("multiple of 4"));
    }

    [TestCase("spec-vit-small-moco")]
    [TestCase("spec-resnet50-dino")]
    public void A_plan_is_made_for_every_objective(string recipe)
    {
        var path = Path.Combine(Repository.Root, "checkpoints", recipe, "pretrain.yaml");

        var run = ProgramRun.Succeeds("bench", "--recipe", path, "--plan", "--gpus", "2", "--peak-tflops", "100");

        Assert.That(run.Output, Does.Contain("hours").And.Contain("GB on disk").And.Contain("GB per GPU"));
    }
}
