using SpectralEarth.Storage;
using SpectralEarth.Tasks;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>The small network that comes with the program.</summary>
[Parallelizable]
public sealed class DemoWeightsTests
{
    private static string Weights => Path.Combine(ProgramFolder.Find("checkpoints"), "demo", "weights.safetensors");

    [Test]
    public void The_demo_maps_unseen_ground_from_weights_without_training()
    {
        using var folder = new TemporaryFolder();

        ProgramRun.Succeeds("demo", "--from-weights", "--reduced", "--out", folder.Path);

        var labels = Directory.GetFiles(folder.Path, "labels.tif", SearchOption.AllDirectories).Single();
        using var network = TrainedSegmentation.Open(Weights);
        var scores = MapComparison.Of(folder.File("map.tif"), labels, network.Classes).Scores;
        Assert.That(scores.Pixels, Is.GreaterThan(5000));
        Assert.That(scores.OverallAccuracy, Is.GreaterThan(0.85), "0.91 when the weights were made; the largest class has 0.31 of the pixels");
        Assert.That(folder.File("network.onnx"), Does.Exist);
        Assert.That(folder.File("pretrain"), Does.Not.Exist);
    }

    [Test]
    public void The_demo_takes_its_network_from_the_home_folder()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "datasets", "checkpoints" })
            Directory.CreateDirectory(folder.File($"home/{name}"));

        var run = ProgramRun.InHome(folder.File("home"), "demo", "--from-weights", "--reduced", "--out", folder.File("demo"));

        Assert.That(run.Messages, Does.Contain($"--checkpoint {folder.File("home/checkpoints/demo/weights.safetensors")}"));
    }

    [Test]
    public void The_weights_are_small_sound_and_of_the_recipe_beside_them()
    {
        using var file = SpectralEarth.Checkpoints.SafeTensorsFile.Open(Weights);

        Assert.That(new FileInfo(Weights).Length, Is.LessThan(2_000_000));
        Assert.That(file.VerifyChecksum, Throws.Nothing);
        var encoder = SpectralEarth.Checkpoints.CheckpointFile.Describe(file).Encoder;
        Assert.That(File.ReadAllText(Path.Combine(Path.GetDirectoryName(Weights)!, "pretrain.yaml")),
            Does.Contain($"width: {encoder.Width}\n  depth: {encoder.Depth}\n  heads: {encoder.Heads}\n"));
    }

    [Test]
    public void From_int16_is_bad_usage_for_formats_that_hold_weights_only()
    {
        var run = ProgramRun.Of("export", Weights, "--from-int16", "--out", "never.safetensors");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain("--from-int16 needs --format onnx"));
    }
}
