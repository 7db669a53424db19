using SpectralEarth.Shards;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

public sealed class PixelSampleTests
{
    [Test]
    public void Of_very_many_patches_two_thousand_are_looked_into_and_each_piece_of_ground_counts_once()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var dataset = Dataset.Open(LabelledDataset.Write(folder.File("data"), bands: 1, stride: 1));
        var seen = new List<int>();

        var (inputs, classes) = PixelSample.Take(dataset, [.. Enumerable.Range(0, dataset.Catalog.Count)], new ClassTable(dataset.Manifest.Classes), batch =>
        {
            seen.Add(batch.Indices[0]);
            return tensor(batch.Pixels, [1, 1, LabelledDataset.PatchSize, LabelledDataset.PatchSize]);
        });

        const int ground = LabelledDataset.Side * LabelledDataset.PatchSize * LabelledDataset.Side * LabelledDataset.PatchSize;
        Assert.That(dataset.Catalog, Has.Count.GreaterThan(4000));
        Assert.That(seen, Has.Count.EqualTo(2000).And.Ordered.And.Unique);
        Assert.That(seen[^1], Is.GreaterThan(dataset.Catalog.Count - 4), "They are spread over all.");
        Assert.That(inputs.shape[0], Is.InRange(ground * 0.95, ground));
        Assert.That(classes.shape[0], Is.EqualTo(inputs.shape[0]));
    }
}
