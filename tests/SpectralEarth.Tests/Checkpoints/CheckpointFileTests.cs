using SpectralEarth.Checkpoints;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class CheckpointFileTests
{
    [Test]
    public void A_run_means_its_newest_step_and_a_fine_tuned_run_its_best()
    {
        using var run = new TemporaryFolder();
        Directory.CreateDirectory(run.File("checkpoints"));
        foreach (var name in new[] { "step-00000900", "step-00001000", "step-100000000", "step-x", "notes" })
            File.WriteAllText(run.File($"checkpoints/{name}.safetensors"), "");
        File.WriteAllText(run.File("checkpoints/step-200000000.safetensors.partial"), "");

        var newest = CheckpointFile.Resolve(run.Path);
        File.WriteAllText(CheckpointFile.PathOfBest(run.Path), "");

        Assert.That(newest, Is.EqualTo(CheckpointFile.PathOfStep(run.Path, 100_000_000)));
        Assert.That(CheckpointFile.Resolve(run.Path), Is.EqualTo(run.File("checkpoints/best.safetensors")));
        Assert.That(CheckpointFile.Newest(run.Path), Is.EqualTo(newest));
        Assert.That(CheckpointFile.Resolve(newest), Is.EqualTo(newest));
    }

    [Test]
    public void Nothing_to_resolve_is_said_clearly()
    {
        using var run = new TemporaryFolder();

        Assert.That(() => CheckpointFile.Resolve(run.File("none")), Throws.InstanceOf<CheckpointException>().With.Message.Contains("no such file or folder"));
        Assert.That(() => CheckpointFile.Resolve(run.Path), Throws.InstanceOf<CheckpointException>().With.Message.Contains("has no checkpoint"));
        Assert.That(CheckpointFile.Newest(run.Path), Is.Null);
    }

    [Test]
    public void A_checkpoint_without_description_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var one = ones(1);
        var tensors = new Dictionary<string, Tensor> { ["a"] = one };
        SafeTensorsFile.Write(folder.File("bare"), tensors);
        SafeTensorsFile.Write(folder.File("mae"), tensors, new Dictionary<string, string> { [ModelDescription.MetadataKey] = Samples.Mae.ToJson() });
        using var bare = SafeTensorsFile.Open(folder.File("bare"));
        using var mae = SafeTensorsFile.Open(folder.File("mae"));

        Assert.That(CheckpointFile.Describe(mae).Encoder, Is.EqualTo(Samples.Encoder));
        Assert.That(() => CheckpointFile.Describe(bare), Throws.InstanceOf<CheckpointException>().With.Message.Contains("no entry \"spectralearth\""));
    }
}
