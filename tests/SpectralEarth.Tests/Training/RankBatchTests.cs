using SpectralEarth.Distribution;
using SpectralEarth.Models;
using SpectralEarth.Training.Distributed;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class RankBatchTests
{
    private static readonly Device Gpu = new(DeviceType.CUDA, 3);

    [Test]
    public void One_process_shares_its_batch_with_nobody_and_connects_no_gpu()
    {
        var ranks = new RecordingRanks();

        Assert.That(RankBatch.Of(ranks, Gpu), Is.Null);
        Assert.That(ranks.Device, Is.Null);
    }

    [Test]
    public void Ranks_connect_their_gpus_where_they_train_on_them_and_else_not()
    {
        var (onProcessors, onGpus) = (new RecordingRanks { Size = 2 }, new RecordingRanks { Size = 2 });

        Assert.That(RankBatch.Of(onProcessors, CPU)!.Parts, Is.EqualTo(2));
        Assert.That(RankBatch.Of(onGpus, Gpu)!.Parts, Is.EqualTo(2));

        Assert.That(onProcessors.Device, Is.Null);
        Assert.That(onGpus.Device!.Number, Is.EqualTo(3));
    }

    [TestCase(DeviceType.CPU, "trains on cpu, others on GPUs")]
    [TestCase(DeviceType.CUDA, "trains on cuda:0, others have no GPU")]
    public void Ranks_of_which_only_some_have_a_gpu_are_refused(DeviceType type, string finding)
    {
        var ranks = new RecordingRanks { Size = 2, Alike = false };

        var error = Assert.Throws<DistributionException>(() => RankBatch.Of(ranks, new Device(type, type == DeviceType.CPU ? -1 : 0)))!;

        Assert.That(error.Message, Does.Contain(finding).And.Contain("Set device to"));
        Assert.That(ranks.Device, Is.Null);
    }

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float64)]
    public void Gpus_are_given_the_place_and_length_of_what_they_sum_and_copy(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var ranks = new RecordingRanks { Size = 2 };
        var batch = new RankBatch(ranks, ranks.OnDevice(0), DeviceType.CPU);
        var values = arange(6, dtype: type);

        batch.Sum(values.narrow(0, 1, 4).view(2, 2));
        batch.Broadcast(values.narrow(0, 4, 2), part: 1);

        Assert.That(values.to(float32).data<float>().ToArray(), Is.EqualTo(new float[] { 0, 2, 4, 6, 0, 0 }));
    }

    [Test]
    public void A_tensor_that_no_rank_can_reach_is_refused()
    {
        using var scope = NewDisposeScope();
        var batch = new RankBatch(new RecordingRanks { Size = 2 });

        var error = Assert.Throws<ArgumentException>(() => batch.Sum(zeros(2, device: META)))!;

        Assert.That(error.Message, Does.Contain("not connected for tensors on meta"));
    }

    [Test]
    public void Values_that_do_not_lie_one_after_the_other_have_no_single_address()
    {
        using var scope = NewDisposeScope();

        Assert.Throws<ArgumentException>(() => TensorAddress.Of(zeros(2, 3).t()));
    }
}
