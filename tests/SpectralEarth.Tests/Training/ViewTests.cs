using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

/// <summary>Several views of a sample: of one patch, or of two dates of a location.</summary>
public sealed class ViewTests
{
    [Test]
    public void Temporal_views_are_of_the_two_dates_and_show_the_same_window()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var data = Dataset.Open(TinyDataset.Write(folder.File("data")));
        using var loader = new PatchLoader(data, [[0, 4, 5, 2]], threads: 1, patchesPerSample: 2);
        using var batch = loader.Next()!;
        using var normalization = new BandNormalization([.. Enumerable.Repeat(0.0, TinyDataset.Bands)], [.. Enumerable.Repeat(1.0, TinyDataset.Bands)]);
        var plan = new ViewPlan([(AugmentationRecipe.None, null), (AugmentationRecipe.None, null), (AugmentationRecipe.None, 3)], Dates: 2);

        var views = new TrainingViews(AugmentationRecipe.None, cropSize: 4, seed: 1, normalization, data.Manifest.NoData, CPU).Of(batch, step: 2, plan);

        var places = Enumerable.Range(0, 25).Select(place => (Row: place / 5, Column: place % 5)).ToList();
        for (var sample = 0; sample < 2; sample++)
        {
            int[] dates = [batch.Indices[2 * sample], batch.Indices[(2 * sample) + 1]];
            var (first, second) = (Image(data, dates[0]), Image(data, dates[1]));
            Tensor Window(Tensor image, (int Row, int Column) place) => image.narrow(1, place.Row, 4).narrow(2, place.Column, 4);
            Assert.That(places.Count(place => Window(first, place).equal(views[0][sample]).all().item<bool>() && Window(second, place).equal(views[1][sample]).all().item<bool>()),
                Is.EqualTo(1), $"sample {sample}");
        }

        Assert.That(views[2].shape, Is.EqualTo(new long[] { 2, TinyDataset.Bands, 3, 3 }), "view 2 is of the first date again, smaller");
        Assert.That((views[2][.., .., 0, 0] - views[0][.., .., 0, 0]).abs().max().item<float>(), Is.LessThan(1e-2), "corners stay");
    }

    [Test]
    public void Two_views_of_one_patch_differ()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var data = Dataset.Open(TinyDataset.Write(folder.File("data")));
        using var loader = new PatchLoader(data, [[0, 1, 2]], threads: 1);
        using var batch = loader.Next()!;
        var (mean, deviation) = InputStatistics.Of(NormalizationSource.Dataset, data.Manifest);
        using var normalization = new BandNormalization(mean, deviation);
        var augmentation = new AugmentationRecipe { ResizedCropScale = [0.3, 0.6] };
        var views = new TrainingViews(augmentation, cropSize: null, seed: 1, normalization, data.Manifest.NoData, CPU);

        var pair = views.Of(batch, step: 0, ViewPlan.Pair(augmentation, dates: 1));

        Assert.That(pair[0].shape, Is.EqualTo(pair[1].shape));
        for (var sample = 0; sample < 3; sample++)
            Assert.That(pair[0][sample].equal(pair[1][sample]).all().item<bool>(), Is.False);
        Assert.That(pair[0].equal(views.Of(batch, step: 0).Images).all().item<bool>(), "the first view is that of objectives with one");
    }

    [Test]
    public void Further_dates_of_a_series_go_to_further_views()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var data = Dataset.Open(TinyDataset.Write(folder.File("data")));
        using var loader = new PatchLoader(data, [[0, 4, 5, 2, 1, 3]], threads: 1, patchesPerSample: 3);
        using var batch = loader.Next()!;
        using var normalization = new BandNormalization([.. Enumerable.Repeat(0.0, TinyDataset.Bands)], [.. Enumerable.Repeat(1.0, TinyDataset.Bands)]);

        var views = new TrainingViews(AugmentationRecipe.None, cropSize: null, seed: 1, normalization, data.Manifest.NoData, CPU)
            .Of(batch, step: 0, ViewPlan.Pair(AugmentationRecipe.None, dates: 3, smaller: 2));

        for (var sample = 0; sample < 2; sample++)
            for (var view = 0; view < 4; view++)
                Assert.That(views[view][sample].equal(Image(data, batch.Indices[(3 * sample) + (view % 3)])).all().item<bool>(), $"view {view} of sample {sample}");
    }

    [Test]
    public void Locations_with_one_date_give_it_twice_or_are_left_out_as_the_recipe_says()
    {
        using var folder = new TemporaryFolder();
        var catalog = Dataset.Open(TinyDataset.Write(folder.File("data"))).Catalog;       // ten locations of one date
        var recipe = new PretrainRecipe { Positives = SpectralEarth.Training.Objectives.PositivePairs.Temporal };

        var repeated = recipe.SamplesOf(catalog);

        Assert.That((repeated.Count, repeated.PatchesPerSample, repeated.Incomplete), Is.EqualTo((10, 2, 10)));
        var batch = new SampleOrder(repeated, batchSize: 10, seed: 1).Batches(0).First();
        Assert.That(batch.Chunk(2), Has.All.Matches<int[]>(pair => pair[0] == pair[1]));
        Assert.That(batch.Distinct().Order(), Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(() => (recipe with { SingleDate = SpectralEarth.Training.Objectives.SingleDate.LeaveOut }).SamplesOf(catalog),
            Throws.TypeOf<DatasetException>().With.Message.Contains("No location has 2 dates"));
    }

    private static Tensor Image(Dataset data, int index)
    {
        var patch = data.Read(index);
        var valid = tensor(patch.Validity, [1, TinyDataset.PatchSize, TinyDataset.PatchSize]);
        return tensor(patch.Pixels, [TinyDataset.Bands, TinyDataset.PatchSize, TinyDataset.PatchSize]).to(float32).masked_fill(valid.eq(0), 0);
    }
}
