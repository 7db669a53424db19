using SpectralEarth.Training.Measuring;

namespace SpectralEarth.Tests.Training;

public sealed class StepCostTests
{
    [Test]
    public void A_step_that_is_faster_than_the_peak_has_it_measured_again()
    {
        var measured = new Queue<double>([50, 300, 100]);
        var cost = new StepCost(1000, measured.Dequeue);

        double[] shares = [cost.PeakShare(25), cost.PeakShare(75), cost.PeakShare(150), cost.PeakShare(400), cost.PeakShare(200)];

        Assert.That(shares, Is.EqualTo(new[] { 0.5, 0.25, 0.5, 1, 0.5 }), "at first of 50, then of 300, then of what a step reached, since 100 was measured");
    }
}
