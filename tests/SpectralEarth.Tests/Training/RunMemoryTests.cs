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

    [TestCase(4, 1_507_995_648)]
    [TestCase(8, 2_235_133_952)]
    public void Estimate_is_near_what_bench_measured(int patches, long measured)
    {
        var memory = RunMemory.Of(Small with { BatchSize = patches }, Data, ranks: 1);

        Assert.That(memory.Network + memory.Host, Is.EqualTo(measured).Within(10).Percent);
    }

    [Test]
    public void Enough_memory_gives_no_warning() => Assert.That(RunMemory.Shortage(Small, Data, 1, 1, 100_000_000_000), Is.Null);

    [TestCase(1, 8)]
    [TestCase(2, 16)]
    public void Least_accumulate_that_fits_is_named(int ranks, int least)
    {
        string? Warning(int accumulate) => RunMemory.Shortage(Small with { Accumulate = accumulate }, Data, ranks, ranks, Available);

        Assert.That(Warning(1), Does.Match(@"about 4\d\.\d GB of memory, but there are 8\.0 GB").And.Contain($"Raise accumulate to {least} (").And.Contain("recompute"));
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
    public void Residual_networks_are_not_counted()
    {
        var recipe = RecipeFile.Parse<PretrainRecipe>("{objective: dino, encoder: {architecture: spec_resnet50}, augmentation: {resized_crop_scale: [0.1, 1]}}", "test").Validated(Data);

        Assert.That(RunMemory.Shortage(recipe, Data, 1, 1, 1), Is.Null);
    }
}
