using SpectralEarth.Randomness;
using SpectralEarth.Testing;
using SpectralEarth.Training.Augmentation;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class GeometricDrawTests
{
    private static readonly AugmentationRecipe Turns = new() { Flips = true, Rotations = true };

    [Test]
    public void Turns_only_reorder_pixels_and_keep_spectra_together()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        const int Size = 5, Batch = 64;
        var pixels = arange(Size * Size, float32).view(1, 1, Size, Size);
        var images = cat([pixels, pixels + 100, pixels + 200], 1).expand(Batch, 3, Size, Size).contiguous();

        var turned = GeometricDraw.For(Turns, Size, Batch, seed: 1, step: 0).Images(images);

        Assert.That((turned.flatten(2).sort(2).Values - images.flatten(2)).abs().max().item<float>(), Is.Zero, "same values");
        Assert.That((turned[.., 1] - turned[.., 0] - 100).abs().max().item<float>(), Is.Zero, "bands move together");
    }

    [Test]
    public void All_eight_poses_of_a_square_occur_equally_often()
    {
        using var scope = NewDisposeScope();
        const int Batch = 4000;
        var images = arange(9, float32).view(1, 1, 3, 3).expand(Batch, 1, 3, 3);

        var turned = GeometricDraw.For(Turns, 3, Batch, seed: 2, step: 0).Images(images);

        var counts = Enumerable.Range(0, Batch)
            .Select(sample => string.Join(' ', turned[sample].data<float>().ToArray())).CountBy(text => text).ToList();
        Assert.That(counts, Has.Count.EqualTo(8));
        Assert.That(counts.Select(count => count.Value), Is.All.InRange(400, 600));   // 500 +- 4.8 standard deviations
    }

    [TestCase(true, false, 4)]
    [TestCase(false, true, 4)]
    [TestCase(false, false, 1)]
    public void Parts_can_be_switched_off(bool flips, bool rotations, int poses)
    {
        using var scope = NewDisposeScope();
        var images = arange(4, float32).view(1, 1, 2, 2).expand(200, 1, 2, 2);

        var turned = GeometricDraw.For(new AugmentationRecipe { Flips = flips, Rotations = rotations }, 2, 200, seed: 3, step: 0).Images(images);

        var seen = Enumerable.Range(0, 200).Select(sample => string.Join(' ', turned[sample].data<float>().ToArray())).Distinct().ToList();
        Assert.That(seen, Has.Count.EqualTo(poses));
        if (rotations)
            Assert.That(seen, Is.EquivalentTo(new[] { "0 1 2 3", "1 3 0 2", "3 2 1 0", "2 0 3 1" }), "the four quarter turns, no mirror image");
    }

    [Test]
    public void Validity_and_labels_turn_with_the_images()
    {
        using var scope = NewDisposeScope();
        var codes = arange(36, float32).view(1, 6, 6).expand(50, 6, 6);

        var draw = GeometricDraw.For(Turns, 6, 50, seed: 4, step: 7);

        Assert.That(draw.Rasters(codes.to_type(ScalarType.Byte)).to_type(ScalarType.Float32).equal(draw.Images(codes.unsqueeze(1)).squeeze(1)).all().item<bool>());
    }

    [Test]
    public void Equal_positions_repeat_and_other_steps_differ()
    {
        using var scope = NewDisposeScope();
        var recipe = Turns with { ResizedCropScale = [0.3, 1] };
        var images = rand(8, 2, 9, 9);

        var first = GeometricDraw.For(recipe, 9, 8, seed: 5, step: 3).Images(images);
        var again = GeometricDraw.For(recipe, 9, 8, seed: 5, step: 3).Images(images);
        var other = GeometricDraw.For(recipe, 9, 8, seed: 5, step: 4).Images(images);

        Assert.That(again.equal(first).all().item<bool>());
        Assert.That(other.equal(first).all().item<bool>(), Is.False);
    }

    [Test]
    public void Resized_crop_of_a_plane_is_a_smaller_piece_of_the_plane()
    {
        using var scope = NewDisposeScope();
        const int Size = 16;
        var row = arange(Size, float32).view(1, 1, Size, 1).expand(40, 1, Size, Size);
        var column = arange(Size, float32).view(1, 1, 1, Size).expand(40, 1, Size, Size);
        var recipe = new AugmentationRecipe { Flips = false, Rotations = false, ResizedCropScale = [0.25, 0.5] };

        var cropped = GeometricDraw.For(recipe, Size, 40, seed: 6, step: 0).Images(cat([row, column], 1));

        // Corners of the box are whole pixels (align_corners), in between the plane is reproduced by interpolation.
        var (top, bottom) = (cropped[.., 0, 0, 0], cropped[.., 0, -1, 0]);
        Assert.That((top - top.round()).abs().max().item<float>(), Is.LessThan(1e-4));
        Assert.That((bottom - bottom.round()).abs().max().item<float>(), Is.LessThan(1e-4));
        var height = bottom - top + 1;
        var width = cropped[.., 1, 0, -1] - cropped[.., 1, 0, 0] + 1;
        var share = height * width / (Size * Size);
        Assert.That(share.min().item<float>(), Is.GreaterThan(0.2));
        Assert.That(share.max().item<float>(), Is.LessThan(0.56));
        var steps = cropped[.., 0, 1.., 0] - cropped[.., 0, ..^1, 0];
        Assert.That((steps - ((height - 1) / (Size - 1)).unsqueeze(1)).abs().max().item<float>(), Is.LessThan(1e-4));
    }

    [Test]
    public void Crop_of_labels_invents_no_code()
    {
        using var scope = NewDisposeScope();
        var labels = (arange(64).view(1, 8, 8) % 2 * 9).expand(30, 8, 8);
        var recipe = Turns with { ResizedCropScale = [0.2, 0.9] };

        var cropped = GeometricDraw.For(recipe, 8, 30, seed: 7, step: 0).Rasters(labels);

        Assert.That(cropped.dtype, Is.EqualTo(labels.dtype));
        Assert.That(cropped.data<long>().ToArray().Distinct(), Is.EquivalentTo(new[] { 0L, 9L }));
    }

    [Test]
    public void Crop_boxes_lie_inside_and_fill_the_asked_range()
    {
        var recipe = new AugmentationRecipe { ResizedCropScale = [0.4, 1] };
        var random = new SeededRandom(8, "crops");

        var boxes = Enumerable.Range(0, 2000).Select(_ => CropBox.Draw(recipe, 128, ref random)).Where(box => box != CropBox.Whole).ToList();

        Assert.That(boxes, Has.Count.GreaterThan(1900));
        Assert.That(boxes.All(box => box.Top >= 0 && box.Left >= 0 && box.Top + box.Height <= 128 && box.Left + box.Width <= 128));
        Assert.That(boxes.Select(box => (double)box.Height * box.Width / (128 * 128)), Is.All.InRange(0.39, 1.0));
        Assert.That(boxes.Select(box => (double)box.Width / box.Height), Is.All.InRange(0.73, 1.37));
    }
}
