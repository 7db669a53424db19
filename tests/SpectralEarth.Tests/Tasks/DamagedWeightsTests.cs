using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Checkpoints;

namespace SpectralEarth.Tests.Tasks;

/// <summary>A byte of a run's best weights that changed on the disk.</summary>
public sealed class DamagedWeightsTests
{
    private const string Remedy = "These are the run's best weights: copy the file back, or start the run anew, in another --out or in its own folder once that is deleted";

    private TemporaryFolder run = null!;

    private string Best => CheckpointFile.PathOfBest(run.Path);

    [SetUp]
    public void Create() => run = new TemporaryFolder();

    [TearDown]
    public void Clean() => run.Dispose();

    [Test]
    public void No_map_is_made_with_them()
    {
        TinySegmentation.Write(Best, windowSize: 16);
        using (var sound = TrainedSegmentation.Open(run.Path))
            Assert.That(sound.Path, Is.EqualTo(Best));

        Damage();

        Assert.That(() => TrainedSegmentation.Open(run.Path), Throws.TypeOf<CheckpointException>().With.Message.StartsWith(Best).And.Message.Contains("damaged"));
    }

    [Test]
    public void No_test_is_made_with_them()
    {
        using var network = new MaskedAutoencoder(Samples.Mae.Mae!, seed: 1);
        var weights = new BestWeights(Best, Samples.Mae);
        weights.Write(network, step: 7);
        Assert.That((weights.Step, weights.LoadInto(network)), Is.EqualTo(((long?)7, 7L)));

        Damage();

        Assert.That(() => weights.LoadInto(network), Throws.TypeOf<CheckpointException>()
            .With.Message.StartsWith(Best).And.Message.Contains("damaged").And.Message.Contains(Remedy));
        Assert.That(weights.Step, Is.EqualTo(7), "which a finished run tells without its weights");
        File.WriteAllBytes(Best, File.ReadAllBytes(Best)[..500]);
        Assert.That(() => weights.Step, Throws.TypeOf<CheckpointException>().With.Message.StartsWith(Best).And.Message.Contains(Remedy));
        File.Delete(Best);
        Assert.That(() => weights.LoadInto(network), Throws.TypeOf<CheckpointException>().With.Message.EqualTo($"{Best}: the file is gone. {Remedy}."));
        Assert.That(weights.Step, Is.Null);
    }

    private void Damage()
    {
        var bytes = File.ReadAllBytes(Best);
        bytes[^3] ^= 1;
        File.WriteAllBytes(Best, bytes);
    }
}
