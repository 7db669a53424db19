using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Tests.Shards;

public sealed class SampleOrderTests
{
    private static readonly int[] Samples = [.. Enumerable.Range(100, 10)];

    [Test]
    public void An_epoch_has_every_sample_once_in_an_order_of_its_own()
    {
        var (first, second) = (SampleOrder.Epoch(Samples, 3, 0), SampleOrder.Epoch(Samples, 3, 1));

        Assert.That(first.Order(), Is.EqualTo(Samples));
        Assert.That(second.Order(), Is.EqualTo(Samples));
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(SampleOrder.Epoch(Samples, 3, 0), Is.EqualTo(first));
        Assert.That(SampleOrder.Epoch(Samples, 4, 0), Is.Not.EqualTo(first));
    }

    [Test]
    public void Batches_go_through_the_epochs_without_a_gap()
    {
        var drawn = SampleOrder.Batches(Samples, 4, seed: 3, firstStep: 0).Take(5).SelectMany(batch => batch).ToArray();

        Assert.That(drawn[..10], Is.EqualTo(SampleOrder.Epoch(Samples, 3, 0)));
        Assert.That(drawn[10..], Is.EqualTo(SampleOrder.Epoch(Samples, 3, 1)));
    }

    [Test]
    public void A_later_first_step_continues_the_same_sequence([Values(1, 2, 7, 1000)] int step)
    {
        var all = SampleOrder.Batches(Samples, 3, seed: 9, firstStep: 0).Skip(step).Take(4);

        Assert.That(SampleOrder.Batches(Samples, 3, seed: 9, firstStep: step).Take(4), Is.EqualTo(all));
    }

    [Test]
    public void A_batch_may_be_larger_than_the_data_set()
    {
        var batch = SampleOrder.Batches([5, 6], 5, seed: 1, firstStep: 0).First();

        Assert.That(batch, Has.Length.EqualTo(5));
        Assert.That(batch.Count(sample => sample == 5), Is.InRange(2, 3));
    }
}
