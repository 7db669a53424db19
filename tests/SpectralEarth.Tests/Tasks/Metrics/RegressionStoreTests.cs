using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tests.Tasks.Metrics;

public sealed class RegressionStoreTests
{
    [Test]
    public void A_target_that_does_not_vary_has_no_coefficient_of_determination([Values(0.1, 6.5, 6.7, 7.3)] double constant, [Values(3, 6, 7, 10)] int patches)
    {
        var store = new RegressionStore(["constant", "varying"]);
        for (var patch = 0; patch < patches; patch++)
            store.Add([constant + 0.2, patch + 0.5], [constant, patch]);

        var scores = (RegressionScores)((IScoreStore)store).All()!;

        Assert.That(scores.PerTarget[0].R2, Is.Null);
        Assert.That(scores.R2, Is.EqualTo(scores.PerTarget[1].R2).And.InRange(0.5, 1));
    }

    [Test]
    public void A_draw_of_equal_values_from_others_has_none_either()
    {
        var store = new RegressionStore(["a"]);
        store.Add([6.2], [6.5]);
        store.Add([7.2], [7.5]);

        Assert.That(((RegressionScores)store.ScoresOf([6, 0])!).R2, Is.Null);
        Assert.That(((RegressionScores)store.ScoresOf([3, 3])!).R2, Is.Not.Null);
    }
}
