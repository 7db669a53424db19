using SpectralEarth.Testing;
using SpectralEarth.Training.Augmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

/// <summary>Properties of crop and blur on the device.</summary>
public sealed class ResamplingTests
{
    private static readonly AugmentationRecipe Blurred = AugmentationRecipe.None with { BlurProbability = 1, BlurSigma = [0.5, 2], BlurKernel = 5 };
    private static readonly AugmentationRecipe Cropped = AugmentationRecipe.None with { ResizedCropScale = [0.2, 0.9] };

    private static readonly AugmentationRecipe Everything = new() { ResizedCropScale = [0.2, 0.9], BlurProbability = 0.5, BlurKernel = 5 };

    [Test]
    public void Whole_crop_and_no_blur_leave_every_bit()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var images = randn([3, 4, 16, 16], generator: random);
        var whole = AugmentationRecipe.None with { ResizedCropScale = [1, 1], BlurProbability = 0.5, BlurSigma = [1e-3, 1e-3], BlurKernel = 5 };

        var draw = GeometricDraw.For(whole, 16, 3, seed: 1, step: 0);

        // Blurs of a thousandth of a pixel are none, and the only window of the whole area that fits is the whole.
        Assert.That(draw.Images(images).equal(images).all().item<bool>());
    }

    [Test]
    public void Crop_equals_torchs_own_grid_sampling_with_aligned_corners()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var images = randn([20, 3, 12, 12], generator: random);
        var poses = Enumerable.Range(0, 20).Select(sample => SamplePose.Draw(Cropped, 12, seed: 2, step: 5, sample, view: 0)).ToArray();

        var found = GeometricDraw.For(Cropped, 12, 20, seed: 2, step: 5, resultSize: 9).Images(images);

        for (var sample = 0; sample < 20; sample++)
        {
            var (top, left, height, width) = poses[sample].Crop;
            var window = images.narrow(0, sample, 1).narrow(2, top, height).narrow(3, left, width);
            var expected = nn.functional.interpolate(window, [9, 9], mode: InterpolationMode.Bilinear, align_corners: true);
            Assert.That((found[sample] - expected[0]).abs().max().item<float>(), Is.LessThan(1e-5), $"sample {sample}");
        }
    }

    [Test]
    public void Blur_equals_a_convolution_with_a_gaussian_over_reflected_borders()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var images = randn([6, 2, 11, 11], generator: random);

        var found = GeometricDraw.For(Blurred, 11, 6, seed: 3, step: 1).Images(images);

        for (var sample = 0; sample < 6; sample++)
        {
            var sigma = SamplePose.Draw(Blurred, 11, seed: 3, step: 1, sample, view: 0).BlurSigma;
            var line = (arange(-2, 3, float32).square() / (-2 * sigma * sigma)).exp();
            var kernel = (line / line.sum()).outer(line / line.sum()).view(1, 1, 5, 5).expand(2, 1, 5, 5);
            var padded = nn.functional.pad(images.narrow(0, sample, 1), [2, 2, 2, 2], PaddingModes.Reflect);
            var expected = nn.functional.conv2d(padded, kernel, groups: 2);
            Assert.That((found[sample] - expected[0]).abs().max().item<float>(), Is.LessThan(1e-5), $"sample {sample}");
        }
    }

    [Test]
    public void Blur_comes_as_often_and_as_strong_as_asked()
    {
        var recipe = AugmentationRecipe.None with { BlurProbability = 0.5, BlurSigma = [0.1, 2] };

        var sigmas = Enumerable.Range(0, 4000).Select(sample => SamplePose.Draw(recipe, 128, seed: 4, step: 0, sample, view: 0).BlurSigma).ToList();

        var blurred = sigmas.Where(sigma => sigma > 0).ToList();
        Assert.That(blurred, Has.Count.InRange(1840, 2160));          // 2000 +- 5 standard deviations
        Assert.That(blurred, Is.All.InRange(0.1, 2));
        Assert.That(blurred.Average(), Is.EqualTo(1.05).Within(0.06));
    }

    [Test]
    public void Valid_pixels_stay_within_the_range_of_valid_ones_and_the_others_are_0()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        const int Size = 24, Batch = 60;
        var validity = (rand([Batch, Size, Size], generator: random) > 0.3).to_type(ScalarType.Byte);
        // Numbers from 5 to 6, and a thousand where there is none: a leak would show.
        var images = (5 + rand([Batch, 2, Size, Size], generator: random)).masked_fill(validity.unsqueeze(1).eq(0), 1000);

        var draw = GeometricDraw.For(Everything, Size, Batch, seed: 5, step: 2);
        var (found, valid) = (draw.Images(images, validity), draw.Rasters(validity));

        Assert.That(valid.data<byte>().ToArray().Distinct(), Is.EquivalentTo(new byte[] { 0, 1 }), "a mask stays a mask");
        var mask = valid.unsqueeze(1).expand_as(found).to_type(ScalarType.Bool);
        Assert.That(found.masked_select(mask).min().item<float>(), Is.GreaterThan(5 - 1e-4));
        Assert.That(found.masked_select(mask).max().item<float>(), Is.LessThan(6 + 1e-4));
        Assert.That(found.masked_select(mask.logical_not()).abs().max().item<float>(), Is.Zero);
    }

    [Test]
    public void Normalization_before_and_after_give_the_same()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var numbers = (rand([10, 3, 16, 16], generator: random) * 5000).round();
        var draw = GeometricDraw.For(Everything, 16, 10, seed: 6, step: 0);

        var before = draw.Images((numbers - 2000) / 700);
        var after = (draw.Images(numbers) - 2000) / 700;

        Assert.That((before - after).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    [Test]
    public void Views_of_one_step_differ_and_repeat()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        var images = randn([4, 2, 16, 16], generator: random);

        Tensor View(int view, int firstSample = 0) => GeometricDraw.For(Everything, 16, 4, seed: 7, step: 3, firstSample, view).Images(images);

        Assert.That(View(1).equal(View(1)).all().item<bool>());
        Assert.That(View(1).equal(View(0)).all().item<bool>(), Is.False);
        Assert.That(View(0, firstSample: 4).equal(View(0)).all().item<bool>(), Is.False, "parts of a batch are not augmented alike");
    }

    [Test]
    public void Switching_blur_on_leaves_turns_and_crops_as_they_were()
    {
        var without = SamplePose.Draw(Everything with { BlurProbability = 0 }, 32, seed: 8, step: 1, sample: 3, view: 1);
        var with = SamplePose.Draw(Everything with { BlurProbability = 1 }, 32, seed: 8, step: 1, sample: 3, view: 1);

        Assert.That(with with { BlurSigma = 0 }, Is.EqualTo(without));
        Assert.That(with.BlurSigma, Is.Positive);
    }
}
