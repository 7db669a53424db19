using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Test]
    public void Warm_up_rises_linearly_and_reaches_the_peak_at_its_last_step()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupSteps = 4 }, steps: 100);

        var rates = Enumerable.Range(0, 5).Select(step => schedule.At(step)).ToArray();

        Assert.That(rates, Is.EqualTo(new[] { 0.25, 0.5, 0.75, 1.0, 1.0 }).Within(1e-12));
    }

    [Test]
    public void Cosine_passes_half_the_peak_in_the_middle_and_nears_the_final_factor()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupSteps = 0, FinalFactor = 0.1 }, steps: 1000);

        Assert.That(schedule.At(0), Is.EqualTo(1.0));
        Assert.That(schedule.At(500), Is.EqualTo(0.55).Within(1e-12));
        Assert.That(schedule.At(1000), Is.EqualTo(0.1).Within(1e-12));
        Assert.That(schedule.At(5000), Is.EqualTo(0.1).Within(1e-12), "after the end");
    }

    [Test]
    public void Cosine_never_rises_after_the_warm_up()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupFraction = 0.1 }, steps: 300);

        var rates = Enumerable.Range(30, 270).Select(step => schedule.At(step)).ToArray();

        Assert.That(schedule.WarmupSteps, Is.EqualTo(30));
        Assert.That(rates, Is.Ordered.Descending);
        Assert.That(rates[^1], Is.GreaterThan(0));
    }

    [Test]
    public void Constant_stays_at_the_peak()
    {
        var schedule = Schedule(new ScheduleRecipe { Shape = ScheduleShape.Constant, WarmupSteps = 2 }, steps: 10);

        Assert.That(Enumerable.Range(2, 20).Select(step => schedule.At(step)), Is.All.EqualTo(1.0));
    }

    [Test]
    public void Per_epoch_equals_torchs_cosine_annealing_over_epochs()
    {
        // The reference: CosineAnnealingLR(T_max = epochs), stepped once per epoch, no warm-up.
        const int Epochs = 200, StepsPerEpoch = 5;
        var recipe = new ScheduleRecipe { WarmupSteps = 0, Interval = ScheduleInterval.Epoch };
        var schedule = new LearningRateSchedule(recipe, Peak: 1e-4, TotalSteps: Epochs * StepsPerEpoch, StepsPerEpoch);

        for (var step = 0; step < Epochs * StepsPerEpoch; step++)
        {
            var expected = 1e-4 * (1 + Math.Cos(Math.PI * (step / StepsPerEpoch) / Epochs)) / 2;
            Assert.That(schedule.At(step), Is.EqualTo(expected).Within(1e-15), $"step {step}");
        }
    }

    [Test]
    public void Warm_up_longer_than_the_run_never_reaches_the_peak()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupSteps = 100 }, steps: 10);

        Assert.That(schedule.At(9), Is.EqualTo(0.1).Within(1e-12));
    }

    private static LearningRateSchedule Schedule(ScheduleRecipe recipe, long steps) =>
        new(recipe, Peak: 1, TotalSteps: steps, StepsPerEpoch: 10);
}
