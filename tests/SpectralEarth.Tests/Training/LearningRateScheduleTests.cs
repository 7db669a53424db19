using SpectralEarth.Training;
using SpectralEarth.Training.Objectives;
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
        var schedule = new LearningRateSchedule(recipe, Peak: 1e-4, new RunLength(Epochs * StepsPerEpoch, Samples: StepsPerEpoch, BatchSize: 1));

        for (var step = 0; step < Epochs * StepsPerEpoch; step++)
        {
            var expected = 1e-4 * (1 + Math.Cos(Math.PI * (step / StepsPerEpoch) / Epochs)) / 2;
            Assert.That(schedule.At(step), Is.EqualTo(expected).Within(1e-15), $"step {step}");
        }
    }

    [Test]
    public void The_references_Dino_warms_up_over_epochs_and_keeps_its_long_cosine()
    {
        // Table 3.4: LinearLR from 1/20 over 20 epochs, then CosineAnnealingLR with T_max = 100; factors at epochs 0, 20, 60, 99.
        var recipe = new ScheduleRecipe { WarmupEpochs = 20, WarmupStart = 0.05, CosineLength = 100, Interval = ScheduleInterval.Epoch };
        var schedule = new LearningRateSchedule(recipe, Peak: 1, new RunLength(TotalSteps: 1000, Samples: 10, BatchSize: 1));

        for (var epoch = 0; epoch < 100; epoch++)
        {
            var expected = epoch < 20 ? 0.05 + (0.95 * epoch / 20) : (1 + Math.Cos(Math.PI * (epoch - 20) / 100)) / 2;
            Assert.That(new[] { schedule.At(10 * epoch), schedule.At((10 * epoch) + 9) }, Is.All.EqualTo(expected).Within(1e-12), $"epoch {epoch}");
        }

        Assert.That(schedule.At(600), Is.EqualTo(0.65).Within(0.005));
        Assert.That(schedule.At(990), Is.EqualTo(0.105).Within(0.0005));
    }

    [TestCase(ScheduleInterval.Epoch, 10)]
    [TestCase(ScheduleInterval.Step, 1)]
    public void Multi_step_lowers_the_rate_at_each_milestone(ScheduleInterval interval, int steps)
    {
        // Table 3.3: times 0.1 at epochs 60 and 80.
        var recipe = new ScheduleRecipe { Shape = ScheduleShape.MultiStep, WarmupSteps = 0, Milestones = [60, 80], Interval = interval };
        var schedule = Schedule(recipe, steps: 1000);

        var rates = new[] { 0, 59, 60, 79, 80, 99 }.Select(position => schedule.At(position * steps)).ToArray();

        Assert.That(rates, Is.EqualTo(new[] { 1, 1, 0.1, 0.1, 0.01, 0.01 }).Within(1e-12));
        Assert.That(schedule.At((60 * steps) - 1), Is.EqualTo(1));
    }

    [Test]
    public void An_epoch_that_begins_exactly_at_a_step_begins_with_it()
    {
        // 73 steps of 55 samples are 55 epochs of 73, but 73 / (73 / 55.0) is below 55.
        var run = new RunLength(TotalSteps: 73, Samples: 73, BatchSize: 55);
        var recipe = new ScheduleRecipe { Shape = ScheduleShape.MultiStep, WarmupSteps = 0, Milestones = [55], Interval = ScheduleInterval.Epoch };
        var schedule = new LearningRateSchedule(recipe, Peak: 1, run);

        Assert.That(new[] { schedule.At(72), schedule.At(73) }, Is.EqualTo(new[] { 1, 0.1 }).Within(1e-12));
        Assert.That((run.EpochOf(72), run.EpochOf(73)), Is.EqualTo((54L, 55L)));
        Assert.That(run.EpochOf(long.MaxValue / 2), Is.EqualTo(long.MaxValue / 2 * (55 / 73.0)).Within(1e-9).Percent, "no product overflows");
    }

    [Test]
    public void Momentum_by_epoch_reaches_its_end_in_the_last_epoch()
    {
        // 21 steps of 5 samples are 15 epochs of 7, but 21 / (7 / 5.0) is above 15.
        var run = new RunLength(TotalSteps: 21, Samples: 7, BatchSize: 5);
        var momentum = new MomentumRecipe { Start = 0.9, End = 1, Interval = ScheduleInterval.Epoch };

        Assert.That((run.Epochs, momentum.At(20, run)), Is.EqualTo((15L, 1.0)));
        Assert.That(new RunLength(TotalSteps: 4, Samples: 73, BatchSize: 64).Epochs, Is.EqualTo(4), "three and a half epochs");
    }

    [Test]
    public void Warm_up_from_a_given_share_reaches_the_peak_right_after_it()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupSteps = 4, WarmupStart = 0.2, Shape = ScheduleShape.Constant }, steps: 100);

        var rates = Enumerable.Range(0, 6).Select(step => schedule.At(step)).ToArray();

        Assert.That(rates, Is.EqualTo(new[] { 0.2, 0.4, 0.6, 0.8, 1.0, 1.0 }).Within(1e-12));
    }

    [Test]
    public void Warm_up_per_epoch_learns_from_the_first_epoch_and_reaches_the_peak_in_its_last()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupEpochs = 4, Interval = ScheduleInterval.Epoch, Shape = ScheduleShape.Constant }, steps: 100);

        var rates = Enumerable.Range(0, 5).Select(epoch => schedule.At(10 * epoch)).ToArray();

        Assert.That(rates, Is.EqualTo(new[] { 0.25, 0.5, 0.75, 1.0, 1.0 }).Within(1e-12));
    }

    [Test]
    public void Short_cosine_stays_at_the_final_factor()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupSteps = 10, CosineLength = 20, FinalFactor = 0.1 }, steps: 100);

        Assert.That(new[] { schedule.At(20), schedule.At(30), schedule.At(99) }, Is.EqualTo(new[] { 0.55, 0.1, 0.1 }).Within(1e-12));
    }

    [Test]
    public void Warm_up_longer_than_the_run_never_reaches_the_peak_which_is_said()
    {
        var schedule = Schedule(new ScheduleRecipe { WarmupSteps = 100 }, steps: 10);

        Assert.That(schedule.At(9), Is.EqualTo(0.1).Within(1e-12));
        Assert.That(schedule.Unreached().Single(), Does.StartWith("schedule.warmup_steps is a warm-up of 100 steps, but the run has 10: the learning rate ends at 10 % of optimizer.learning_rate."));
        Assert.That(Schedule(new ScheduleRecipe { WarmupEpochs = 1.5 }, steps: 10).Unreached().Single(), Does.Contain("schedule.warmup_epochs is a warm-up of 15 steps"));
        Assert.That(Schedule(new ScheduleRecipe { WarmupSteps = 10 }, steps: 10).Unreached(), Is.Empty, "the last step has the peak");
        // 55 epochs are 73 steps, but their product is above 73.
        Assert.That(new LearningRateSchedule(new ScheduleRecipe { WarmupEpochs = 55 }, Peak: 1, new RunLength(TotalSteps: 73, Samples: 73, BatchSize: 55)).Unreached(), Is.Empty);
    }

    [TestCase(ScheduleInterval.Epoch, 600, "60, 80 come after the last epoch of the run, 59")]
    [TestCase(ScheduleInterval.Epoch, 800, "80 come after the last epoch of the run, 79")]
    [TestCase(ScheduleInterval.Epoch, 801, null)]
    [TestCase(ScheduleInterval.Step, 80, "80 come after the last step of the run, 79")]
    [TestCase(ScheduleInterval.Step, 81, null)]
    public void Milestones_after_the_end_are_said(ScheduleInterval interval, long steps, string? said)
    {
        var recipe = new ScheduleRecipe { Shape = ScheduleShape.MultiStep, WarmupSteps = 0, Milestones = [60, 80], Interval = interval };

        Assert.That(Schedule(recipe, steps).Unreached(), said is null ? Is.Empty : Has.One.Contains(said));
        Assert.That(Schedule(recipe with { Shape = ScheduleShape.Constant }, steps).Unreached(), Is.Empty);
    }

    [TestCase(ScheduleShape.Cosine, "milestones")]
    [TestCase(ScheduleShape.Constant, "milestones", "final_factor", "cosine_length")]
    [TestCase(ScheduleShape.MultiStep, "final_factor", "cosine_length")]
    public void Keys_that_the_shape_has_no_use_for_are_said(ScheduleShape shape, params string[] keys)
    {
        var recipe = new ScheduleRecipe { Shape = shape, Milestones = [1], FinalFactor = 0.5, CosineLength = 5 };

        Assert.That(Schedule(recipe, steps: 10).Unused().Select(text => text.Split(' ')[0]), Is.EqualTo(keys.Select(key => "schedule." + key)));
        Assert.That(Schedule(new ScheduleRecipe { Shape = shape }, steps: 10).Unused(), Is.Empty);
    }

    private static LearningRateSchedule Schedule(ScheduleRecipe recipe, long steps) =>
        new(recipe, Peak: 1, new RunLength(steps, Samples: 10, BatchSize: 1));
}
