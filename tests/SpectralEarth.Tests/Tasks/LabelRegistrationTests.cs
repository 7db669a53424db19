using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Checkpoints;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

public sealed class LabelRegistrationTests
{
    private static readonly int[] Patches = [.. Enumerable.Range(0, LabelledDataset.Side * LabelledDataset.Side)];

    [TestCase(0, 1)]
    [TestCase(-1, 0)]
    [TestCase(1, -2)]
    public void Labels_that_lie_aside_are_found(double rows, double columns)
    {
        var found = Estimate(((int)rows, (int)columns))!;

        Assert.That((found.Rows, found.Columns), Is.EqualTo((rows, columns)).Using<(double Rows, double Columns)>((a, b) => Math.Abs(a.Rows - b.Rows) < 0.2 && Math.Abs(a.Columns - b.Columns) < 0.2));
    }

    [Test]
    public void Labels_on_their_ground_stay_there()
    {
        Assert.That(Estimate((0, 0)), Is.Null);
    }

    [TestCase(300)]
    [TestCase(3000)]
    public void Noise_that_neighbours_do_not_share_moves_nothing(double noise)
    {
        var random = new SeededRandom(4, "noise");

        Assert.That(Estimate((0, 0), change: (_, number) => (short)(number + (noise * random.NextNormal()))), Is.Null);
    }

    [Test]
    public void Labels_that_have_nothing_to_do_with_the_spectra_lie_nowhere()
    {
        var random = new SeededRandom(3, "labels");

        Assert.That(Estimate((0, 0), _ => LabelledDataset.Classes[random.NextInt(3)].Code), Is.Null);
    }

    private static PixelOffset? Estimate((int Rows, int Columns) aside, Func<int, int>? labels = null, Func<int, short, short>? change = null)
    {
        using var folder = new TemporaryFolder();
        using var leaks = TensorLeaks.MustBeNone();
        var dataset = Dataset.Open(LabelledDataset.Write(folder.File("data"), labels, change: change, aside: aside));
        var model = Samples.Mae with
        {
            Mean = [.. Enumerable.Repeat(1500.0, LabelledDataset.Bands)],
            StandardDeviation = [.. Enumerable.Repeat(1000.0, LabelledDataset.Bands)],
        };
        return LabelRegistration.Estimate(dataset, Patches, new ClassTable(dataset.Manifest.Classes), model, CPU);
    }
}
