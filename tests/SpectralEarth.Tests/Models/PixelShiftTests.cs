using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class PixelShiftTests
{
    [TestCase(0.375, -0.25)]
    [TestCase(-0.5, 0)]
    [TestCase(1.125, 2)]
    public void A_smooth_image_shows_the_ground_at_the_offset(double rows, double columns)
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();

        var moved = PixelShift.Apply(Waves(0, 0), new PixelOffset(rows, columns));

        var inside = 6..26;
        Assert.That((moved - Waves(rows, columns))[.., .., inside, inside].abs().max().item<float>(), Is.LessThan(0.02f));
    }

    [Test]
    public void No_offset_and_whole_pixels_change_no_number()
    {
        using var scope = NewDisposeScope();
        var images = Waves(0, 0);

        Assert.That((PixelShift.Apply(images, PixelOffset.None) - images).abs().max().item<float>(), Is.LessThan(1e-6f));
        Assert.That((PixelShift.Apply(images, new PixelOffset(1, -2))[.., .., ..31, 2..] - images[.., .., 1.., ..30]).abs().max().item<float>(), Is.LessThan(1e-6f));
    }

    [Test]
    public void Whole_pixels_are_moved_as_the_kernel_would_move_them()
    {
        using var scope = NewDisposeScope();
        var images = Waves(0, 0);
        images[.., .., 9..12, 4..7] = 0;

        var nearly = PixelShift.Apply(images, new PixelOffset(-1 + 1e-9, 2 - 1e-9));

        Assert.That((PixelShift.Apply(images, new PixelOffset(-1, 2)) - nearly).abs().max().item<float>(), Is.LessThan(1e-5f));
    }

    [Test]
    public void Pixels_without_data_stay_so_and_give_nothing_to_their_neighbours()
    {
        using var scope = NewDisposeScope();
        var images = full([1, 3, 12, 12], 2f);
        images[.., .., 4..7, 5] = 0;

        var moved = PixelShift.Apply(images, new PixelOffset(0.5, -0.375));

        Assert.That((moved - images).abs().max().item<float>(), Is.LessThan(1e-5f));
    }

    [Test]
    public void The_weights_of_a_place_sum_to_one_inside([Values(-2, -0.875, 0, 0.5, 1.625)] double offset)
    {
        var weights = PixelShift.Weights(16, offset);

        Assert.That(weights.Skip(16 * 8).Take(16).Sum(), Is.EqualTo(1).Within(1e-6));
    }

    /// <summary>Two bands of slow waves, never 0, as seen from an offset: [1, 2, 32, 32].</summary>
    private static Tensor Waves(double rows, double columns)
    {
        var (y, x) = ((arange(32) + rows).unsqueeze(1), (arange(32) + columns).unsqueeze(0));
        return stack([(y / 4).sin() + (x / 5).cos() + 3, ((y + x) / 6).sin() - 2]).unsqueeze(0).to(float32);
    }
}
