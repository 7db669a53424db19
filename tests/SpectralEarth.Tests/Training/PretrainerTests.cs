using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Objectives;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class PretrainerTests
{
    [Test]
    public void Loss_falls_on_a_tiny_data_set()
    {
        using var folder = new TemporaryFolder();
        using var fixture = new Fixture(folder, TinyRecipe.Recipe with { Steps = 60, BatchSize = 8 });

        var losses = fixture.Run(60).Select(report => report.Loss).ToList();

        Assert.That(losses.TakeLast(10).Average(), Is.LessThan(0.9 * losses.Take(10).Average()));
    }

    [Test]
    public void Steps_repeat_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        using var one = new Fixture(folder, TinyRecipe.Recipe);
        using var two = new Fixture(folder, TinyRecipe.Recipe);

        var first = one.Run(4).ToList();
        var second = two.Run(4).ToList();

        Assert.That(second, Is.EqualTo(first));
        Assert.That(two.Pretrainer.Parameters.Values.equal(one.Pretrainer.Parameters.Values).all().item<bool>());
    }

    [Test]
    public void Seeds_change_the_course()
    {
        using var folder = new TemporaryFolder();
        using var one = new Fixture(folder, TinyRecipe.Recipe);
        using var two = new Fixture(folder, TinyRecipe.Recipe with { Seed = 2 });

        Assert.That(two.Run(1).Single().Loss, Is.Not.EqualTo(one.Run(1).Single().Loss));
    }

    [Test]
    public void Non_finite_step_changes_neither_weights_nor_moments_nor_batch_statistics()
    {
        using var folder = new TemporaryFolder();
        using var fixture = new Fixture(folder, TinyRecipe.Recipe);
        _ = fixture.Run(2).ToList();
        var before = fixture.State();
        using (no_grad())
            fixture.Pretrainer.Network.get_parameter("encoder.vit_core.cls_token")!.fill_(float.NaN);
        before["encoder.vit_core.cls_token"].fill_(float.NaN);

        var report = fixture.Run(1).Single();

        Assert.That(report.IsFinite, Is.False);
        Assert.That(fixture.Pretrainer.Optimizer.Updates, Is.EqualTo(2));
        foreach (var (name, value) in fixture.State())
            Assert.That(allclose(value, before[name], rtol: 0, atol: 0, equal_nan: true), name);
        before.Values.ToList().ForEach(value => value.Dispose());
    }

    [Test]
    public void Every_trainable_parameter_gets_a_gradient_but_the_biases_that_BatchNorm_cancels()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var fixture = new Fixture(folder, TinyRecipe.Recipe);

        _ = fixture.Run(1).Single();

        Assert.That(fixture.Pretrainer.Network.named_parameters()
            .Where(item => item.parameter.requires_grad && item.parameter.grad!.count_nonzero().item<long>() == 0)
            .Select(item => item.name),
            Is.SubsetOf(new[] { "encoder.spectral_adapter.0.bias", "encoder.spectral_adapter.3.bias", "encoder.spectral_adapter.6.bias" }));
    }

    [Test]
    public void Thousand_steps_leave_memory_flat()
    {
        using var folder = new TemporaryFolder();
        using var fixture = new Fixture(folder, TinyRecipe.Recipe with { Steps = 1100, BatchSize = 1, CropSize = 4 });
        _ = fixture.Run(100).Last();
        // What earlier tests left to the garbage collector must not die during the steps and hide, or feign, a difference.
        GC.Collect();
        FinalizerGate.Drain();
        var (tensors, resident) = (Tensor.TotalCount, Environment.WorkingSet);

        _ = fixture.Run(1000).Last();

        GC.Collect();
        Assert.That(Tensor.TotalCount, Is.AtMost(tensors));
        Assert.That(Environment.WorkingSet - resident, Is.LessThan(16 << 20), "16 MB is noise of the managed heap; 16 KB per step would be a leak.");
    }

    [Test]
    public void Windows_are_cut_inside_the_patch_and_keep_spectra()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var data = Dataset.Open(TinyDataset.Write(folder.File("data")));
        var recipe = TinyRecipe.Recipe with { CropSize = 4, Augmentation = new() { Flips = false, Rotations = false } };
        using var unit = new BandNormalization([.. Enumerable.Repeat(0.0, TinyDataset.Bands)], [.. Enumerable.Repeat(1.0, TinyDataset.Bands)]);
        using var loader = new PatchLoader(data, [[0, 3, 1]], threads: 1);
        using var batch = loader.Next()!;

        var (images, found) = new TrainingViews(recipe.Augmentation, recipe.CropSize, recipe.Seed, unit, data.Manifest.NoData, CPU).Of(batch, step: 5);

        var validity = found ?? ones([3, 4, 4], ScalarType.Byte);
        Assert.That(images.shape, Is.EqualTo(new long[] { 3, TinyDataset.Bands, 4, 4 }));
        Assert.That(validity.shape, Is.EqualTo(new long[] { 3, 4, 4 }));
        for (var sample = 0; sample < 3; sample++)
        {
            var patch = data.Read(batch.Indices[sample]);
            var places = Enumerable.Range(0, 25).Count(offset => Matches(images[sample], validity[sample], patch, offset / 5, offset % 5));
            Assert.That(places, Is.EqualTo(1), $"sample {sample} is exactly one window of its patch");
        }
    }

    [Test]
    public void Validity_is_given_for_windows_with_a_pixel_without_data_only()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var data = Dataset.Open(TinyDataset.Write(folder.File("data")));
        var recipe = TinyRecipe.Recipe with { CropSize = 4, Augmentation = new() { Flips = false, Rotations = false } };
        using var unit = new BandNormalization([.. Enumerable.Repeat(0.0, TinyDataset.Bands)], [.. Enumerable.Repeat(1.0, TinyDataset.Bands)]);
        using var loader = new PatchLoader(data, [[3]], threads: 1);
        using var batch = loader.Next()!;                                                 // its first row lacks data
        var views = new TrainingViews(recipe.Augmentation, recipe.CropSize, recipe.Seed, unit, data.Manifest.NoData, CPU);

        var found = Enumerable.Range(0, 40).Select(step => views.Of(batch, step)).ToList();

        Assert.That(found.Select(view => view.Validity is not null), Is.EqualTo(found.Select(view => view.Images.eq(0).any().item<bool>())));
        Assert.That(found.Count(view => view.Validity is null), Is.InRange(1, 39));
        Assert.That(found.Where(view => view.Validity is not null).Select(view => view.Validity!.eq(0).sum().item<long>()), Is.All.EqualTo(4));
    }

    [Test]
    public void Bands_without_data_in_a_valid_pixel_of_the_window_are_told_by_sample()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var data = Dataset.Open(TinyDataset.Write(folder.File("data")));
        using var unit = new BandNormalization([.. Enumerable.Repeat(0.0, TinyDataset.Bands)], [.. Enumerable.Repeat(1.0, TinyDataset.Bands)]);
        using var loader = new PatchLoader(data, [[0, 3]], threads: 1);
        using var batch = loader.Next()!;
        var views = new TrainingViews(TinyRecipe.Recipe.Augmentation, TinyRecipe.Recipe.CropSize, TinyRecipe.Recipe.Seed, unit, data.Manifest.NoData, CPU);
        Assert.That(views.BandValidity(batch, step: 5), Is.Null, "pixels without data are no band without data");
        const int Area = TinyDataset.PatchSize * TinyDataset.PatchSize, First = TinyDataset.PatchSize;
        batch.Pixels.AsSpan((TinyDataset.Bands + 7) * Area, Area).Fill(data.Manifest.NoData);
        batch.Pixels[((TinyDataset.Bands + 7) * Area) + 2] = 1;                           // in the row that lacks data

        var found = views.BandValidity(batch, step: 5)!;

        Assert.That(batch.Validity.AsSpan(Area, First).ToArray(), Is.All.Zero);
        Assert.That(found.sum().item<float>(), Is.EqualTo((2 * TinyDataset.Bands) - 1));
        Assert.That(found[1, 7].item<float>(), Is.Zero);
    }

    private static bool Matches(Tensor image, Tensor validity, Patch patch, int top, int left)
    {
        var (values, valid) = (image.data<float>().ToArray(), validity.contiguous().data<byte>().ToArray());
        return Enumerable.Range(0, values.Length).All(i =>
        {
            var (channel, row, column) = (i / 16, i / 4 % 4, i % 4);
            var source = ((top + row) * TinyDataset.PatchSize) + left + column;
            var expected = patch.Validity[source] == 0 ? 0 : patch.Pixels[(channel * TinyDataset.PatchSize * TinyDataset.PatchSize) + source];
            return values[i] == expected && valid[(row * 4) + column] == patch.Validity[source];
        });
    }

    private sealed class Fixture : IDisposable
    {
        private readonly PretrainRecipe recipe;
        private readonly Dataset data;
        private readonly BandNormalization normalization;
        private long done;

        public Fixture(TemporaryFolder folder, PretrainRecipe recipe)
        {
            var path = folder.File("data");
            data = Dataset.Open(Directory.Exists(path) ? path : TinyDataset.Write(path));
            var (mean, deviation) = InputStatistics.Of(recipe.Normalization, data.Manifest);
            normalization = new BandNormalization(mean, deviation);
            set_num_threads(1);
            this.recipe = recipe = recipe.Validated(data.Manifest);
            Pretrainer = new Pretrainer(recipe, PretrainObjectives.Create(recipe, data.Manifest, data.Manifest.Patches, normalization, CPU), data.Manifest.Patches);
        }

        public Pretrainer Pretrainer { get; }

        public IEnumerable<StepReport> Run(int steps)
        {
            using var loader = new PatchLoader(data, new SampleOrder(SampleSet.OfPatches(Enumerable.Range(0, data.Manifest.Patches)), recipe.BatchSize, recipe.Seed).Batches(done), threads: 1);
            for (var i = 0; i < steps; i++)
            {
                FinalizerGate.Pass();
                using var batch = loader.Next()!;
                yield return Pretrainer.Train(done++, [batch]);
            }
        }

        public Dictionary<string, Tensor> State()
        {
            var state = Pretrainer.Network.state_dict().ToDictionary(item => item.Key, item => item.Value.clone());
            foreach (var (name, buffer) in Pretrainer.Optimizer.State)
                state[name] = buffer.clone();
            return state;
        }

        public void Dispose()
        {
            Pretrainer.Dispose();
            normalization.Dispose();
        }
    }
}
