using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Measuring;
using SpectralEarth.Training.Objectives;

namespace SpectralEarth.Tests.Training;

public sealed class RunMemoryTests
{
    private const long Available = 8_000_000_000;

    private static readonly DatasetManifest Data = SyntheticPatches.Manifest(new PretrainRecipe(), 1000);

    private static readonly PretrainRecipe Small = new PretrainRecipe { BatchSize = 256 }.Validated(Data);

    [TestCase(4, 1_358_843_904)]
    [TestCase(8, 2_091_794_432)]
    public void Estimate_is_near_what_bench_measured(int patches, long measured)
    {
        var memory = RunMemory.Of(Small with { BatchSize = patches }, Data, ranks: 1);

        Assert.That(memory.Network + memory.Loaded, Is.EqualTo(measured).Within(10).Percent, "bench writes no checkpoint");
    }

    // Growth of the peak that bench measured from a small batch to a larger one, windows of 64 pixels (docs/bench.md).
    [TestCase("objective: mae", 39.8)]
    [TestCase("objective: moco_v2", 149.9)]
    [TestCase("objective: moco_v2\nencoder: {depth: 4}", 73.6)]
    [TestCase("objective: moco_v2\nencoder: {token_size: 16}", 50.0)]
    [TestCase("objective: moco_v3", 252.2)]
    [TestCase("objective: dino", 241.7)]
    [TestCase("objective: dino\nencoder: {token_size: 16}", 71.3)]
    [TestCase("objective: moco_v2\nencoder: {architecture: spec_resnet50}", 82.2)]
    public void A_sample_takes_about_what_bench_measured(string yaml, double megabytes)
    {
        var recipe = RecipeFile.Parse<PretrainRecipe>(yaml + "\ncrop_size: 64", "test");
        if (recipe.Objective != PretrainObjective.Mae)
            recipe = recipe with { Augmentation = new() { ResizedCropScale = [0.2, 1] } };
        var data = SyntheticPatches.Manifest(recipe, 1000);

        var bytes = PretrainWork.BytesOfSample(recipe.Validated(data), data) + (2.0 * 202 * 64 * 64);

        Assert.That(bytes / 1e6, Is.EqualTo(megabytes).Within(15).Percent);
    }

    [Test]
    public void Enough_memory_gives_no_warning() => Assert.That(RunMemory.Shortage(Small, Data, 1, 1, 100_000_000_000), Is.Null);

    [TestCase(1, 16)]
    [TestCase(2, 16)]
    public void Least_accumulate_that_fits_is_named(int ranks, int least)
    {
        string? Warning(int accumulate) => RunMemory.Shortage(Small with { Accumulate = accumulate }, Data, ranks, ranks, Available);

        Assert.That(Warning(1), Does.Match(@"about 5\d\.\d GB of memory, but there are 8\.0 GB").And.Contain($"Raise accumulate to {least} (").And.Contain("recompute"));
        Assert.That(Warning(least / 2), Does.Contain($"Raise accumulate to {least} ("));
        Assert.That(Warning(least), Is.Null);
    }

    [TestCase(PretrainObjective.Dino, "(same step but for BatchNorm, less memory)")]
    [TestCase(PretrainObjective.MocoV3, "(less memory, but another loss: MoCo v3 contrasts the keys of one part; recompute changes nothing)")]
    public void Advice_says_what_accumulate_does_to_the_step(PretrainObjective objective, string effect)
    {
        var recipe = new PretrainRecipe { Objective = objective, BatchSize = 256, Augmentation = new() { ResizedCropScale = [0.1, 1] } }.Validated(Data);

        Assert.That(RunMemory.Shortage(recipe, Data, 1, 1, Available), Does.Match(@"Raise accumulate to \d+ \(").And.Contain(effect));
    }

    [Test]
    public void Where_one_patch_at_a_time_is_too_much_no_accumulate_is_named() =>
        Assert.That(RunMemory.Shortage(Small, Data, 1, 1, 100_000_000), Does.Contain("Raising accumulate is not enough").And.Contain("encoder.width"));

    [Test]
    public void Only_the_first_of_several_processes_copies_a_checkpoint()
    {
        const int Ranks = 8;
        var memory = RunMemory.Of(Small, Data, Ranks);
        var needed = (long)((Ranks * (memory.Network + memory.Loaded)) + memory.Copied);

        Assert.That(memory.Loaded, Is.EqualTo(6 * 32 * 2.0 * 202 * 128 * 128), "a part of 32 patches for the step, five that are read ahead");
        Assert.That(memory.Copied, Is.EqualTo(memory.Stored));
        Assert.That(RunMemory.Shortage(Small, Data, Ranks, Ranks, needed + 1), Is.Null);
        Assert.That(RunMemory.Shortage(Small, Data, Ranks, Ranks, needed - 1), Is.Not.Null);
    }

    [Test]
    public void Shared_buffers_take_a_share_in_each_process_and_are_put_together_in_the_first()
    {
        var buffers = 2 * 4.0 * PretrainWork.Parameters(Small, Data).Trained;
        var (whole, shared) = (RunMemory.Of(Small, Data, 4), RunMemory.Of(Small with { Optimizer = Small.Optimizer with { Sharded = true } }, Data, 4));

        Assert.That(whole.Network - shared.Network, Is.EqualTo(buffers * 3 / 4));
        Assert.That((shared.Stored, shared.Copied), Is.EqualTo((whole.Stored, whole.Copied + buffers)));
    }
}
