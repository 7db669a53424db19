using SpectralEarth.Randomness;
using SpectralEarth.Tiling.Importing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tiling.Importing;

public sealed class BicubicResizeTests
{
    [TestCase(11, 7, 16)]
    [TestCase(1, 5, 8)]
    [TestCase(20, 30, 12)]
    public void Resizing_is_that_of_torch_with_aligned_corners(int height, int width, int side)
    {
        using var scope = NewDisposeScope();
        var random = new SeededRandom(1, "resize", 0);
        float[] values = [.. Enumerable.Range(0, 3 * height * width).Select(_ => (float)(1000 * random.NextDouble()))];

        var resized = BicubicResize.Apply(values, 3, height, width, side);

        var expected = nn.functional.interpolate(tensor(values, [1, 3, height, width]), [side, side], mode: InterpolationMode.Bicubic, align_corners: true);
        Assert.That(resized, Is.EqualTo(expected.data<float>().ToArray()).Within(0.01f));
    }
}
