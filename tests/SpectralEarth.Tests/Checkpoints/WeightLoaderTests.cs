using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class WeightLoaderTests
{
    [Test]
    public void Weights_come_back_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        using var model = new MaskedAutoencoder(Samples.Mae.Mae!, seed: 1);
        using var other = new MaskedAutoencoder(Samples.Mae.Mae!, seed: 2);
        Samples.Write(folder.File("a"), model, Samples.Mae);

        using var leaks = TensorLeaks.MustBeNone();
        using var file = SafeTensorsFile.Open(folder.File("a"));
        WeightLoader.Load(other, file, CheckpointFile.ModelPrefix);

        using var scope = NewDisposeScope();
        var loaded = other.state_dict();
        foreach (var (name, value) in model.state_dict())
            Assert.That(loaded[name].bytes.SequenceEqual(value.bytes), name);
    }

    [Test]
    public void The_encoder_of_an_autoencoder_loads_into_a_segmentation_model()
    {
        using var folder = new TemporaryFolder();
        using var autoencoder = new MaskedAutoencoder(Samples.Mae.Mae!, seed: 1);
        using var model = new SegmentationModel(Samples.Segmentation.Segmentation!, seed: 2);
        Samples.Write(folder.File("a"), autoencoder, Samples.Mae);
        using var file = SafeTensorsFile.Open(folder.File("a"));

        WeightLoader.Load(model.Encoder, file, CheckpointFile.EncoderPrefix);

        using var image = randn(1, 202, 16, 16);
        using var expected = autoencoder.Encoder.forward(image);
        using var found = model.Encoder.forward(image);
        Assert.That(found.equal(expected).all().item<bool>());
    }

    [Test]
    public void Missing_unexpected_and_reshaped_keys_are_listed_together_and_nothing_is_copied()
    {
        using var folder = new TemporaryFolder();
        using var model = nn.Linear(3, 2);
        using var scope = NewDisposeScope();
        var before = model.bias!.clone();
        SafeTensorsFile.Write(folder.File("a"), new Dictionary<string, Tensor>
        {
            ["m.bias"] = ones(2),
            ["m.weight"] = ones(3, 2),
            ["m.more"] = ones(1),
            ["other"] = ones(1),
        });
        SafeTensorsFile.Write(folder.File("b"), new Dictionary<string, Tensor> { ["m.weight"] = ones([2, 3], int64) });
        using var file = SafeTensorsFile.Open(folder.File("a"));
        using var second = SafeTensorsFile.Open(folder.File("b"));

        Assert.That(() => WeightLoader.Load(model, file, "m."), Throws.InstanceOf<CheckpointException>()
            .With.Message.Contains("2 of 2 keys").And.Message.Contains("unexpected: m.more")
            .And.Message.Contains("reshaped: m.weight is [3, 2], the model has [2, 3]"));
        Assert.That(() => WeightLoader.Load(model, second, "m."), Throws.InstanceOf<CheckpointException>()
            .With.Message.Contains("missing: m.bias").And.Message.Contains("of another kind: m.weight is Int64"));
        Assert.That(model.bias!.equal(before).all().item<bool>());
    }

    [Test]
    public void Ignored_keys_of_the_file_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        using var model = nn.Linear(3, 2);
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(folder.File("a"), new Dictionary<string, Tensor> { ["weight"] = ones(2, 3), ["bias"] = ones(2), ["head.weight"] = ones(1) });
        using var file = SafeTensorsFile.Open(folder.File("a"));

        WeightLoader.Load(model.state_dict(), file, "", "head.");

        Assert.That(model.weight.eq(1).all().item<bool>() && model.bias!.eq(1).all().item<bool>());
    }

    [Test]
    public void Weights_of_another_precision_are_converted()
    {
        using var folder = new TemporaryFolder();
        using var model = nn.Linear(3, 2);
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(folder.File("a"), new Dictionary<string, Tensor> { ["weight"] = full([2, 3], 1.5, bfloat16), ["bias"] = full([2], 2.5, float64) });
        using var file = SafeTensorsFile.Open(folder.File("a"));

        WeightLoader.Load(model, file);

        Assert.That(model.weight.eq(1.5).all().item<bool>() && model.bias!.eq(2.5).all().item<bool>());
    }
}
