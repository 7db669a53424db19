using SpectralEarth.Training.Reporting;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class FeatureMapSectionTests
{
    [Test]
    public void Features_that_vary_in_one_direction_become_a_ramp_in_the_first_colour_only()
    {
        using var scope = NewDisposeScope();
        var ramp = arange(64, dtype: float32).reshape(1, 1, 8, 8);
        var colors = FeatureMapSection.PrincipalColors(cat([ramp * 2, ramp * -1, ones_like(ramp)], dim: 1));
        Assert.That(colors.shape, Is.EqualTo(new long[] { 1, 3, 8, 8 }));
        Assert.That(colors[0, 0, 0, 0].item<double>(), Is.Zero);
        Assert.That(colors[0, 0, 7, 7].item<double>(), Is.EqualTo(1));
        Assert.That(colors[0, 0].diff(dim: 1).min().item<double>(), Is.GreaterThanOrEqualTo(0));
        Assert.That(colors[0, 1].eq(0.5).all().item<bool>(), Is.True);
    }
}
