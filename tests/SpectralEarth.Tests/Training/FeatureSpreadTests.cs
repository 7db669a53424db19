using SpectralEarth.Training.Reporting;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class FeatureSpreadTests
{
    [Test]
    public void Collapsed_features_have_no_spread_and_spread_ones_fill_their_dimensions()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);

        var (collapsed, ofCollapsed) = FeatureSpread.Of(ones(40, 8));
        var (line, ofLine) = FeatureSpread.Of(ones(40, 8) * cat([ones(20, 1), -ones(20, 1)]));
        var (full, ofFull) = FeatureSpread.Of(randn([4000, 8], generator: random));

        Assert.That((collapsed, line, full), Is.EqualTo((0.0, 1.0, 1.0)).Within(0.01));
        Assert.That(FeatureSpread.EffectiveRank(ofLine), Is.EqualTo(1).Within(1e-6));
        Assert.That(FeatureSpread.EffectiveRank(ofFull), Is.EqualTo(8).Within(0.05));
        Assert.That(ofCollapsed[0], Is.LessThan(1e-6));
    }
}
