using SpectralEarth.Training;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Training;

public sealed class DivergenceGuardTests
{
    private static readonly PretrainRecipe Recipe = TinyRecipe.Recipe with { MaxNonFiniteSteps = 2, DivergenceFactor = 4, DivergenceSteps = 3 };

    [Test]
    public void Steps_that_are_not_finite_may_come_but_not_too_many_in_a_row()
    {
        var verdicts = Judge(1, double.NaN, double.NaN, 1, double.NaN, double.PositiveInfinity, double.NaN);

        Assert.That(verdicts.Take(6), Is.All.Null);
        Assert.That(verdicts[6], Does.Contain("3 steps in a row were not finite"));
    }

    [Test]
    public void Loss_that_stays_above_a_multiple_of_its_median_is_divergence()
    {
        double[] calm = [.. Enumerable.Range(0, 60).Select(step => 2 - (0.01 * step))];

        var verdicts = Judge([.. calm, 9, 9, 9]);

        Assert.That(verdicts.Take(62), Is.All.Null);
        Assert.That(verdicts[62], Does.Contain("more than 4 times its median of 1.71 for 3 steps"));
    }

    [Test]
    public void Single_spikes_and_a_few_first_losses_are_no_divergence()
    {
        double[] spiky = [.. Enumerable.Range(0, 200).Select(step => step % 3 == 0 ? 1.0 : 50.0).Select((loss, step) => step < 30 ? 1.0 : loss)];

        Assert.That(Judge(100, 1, 1, 90, 90, 90, 90, 1), Is.All.Null, "too few losses for a median");
        Assert.That(Judge(spiky), Is.All.Null, "never three in a row");
    }

    [Test]
    public void Median_follows_the_loss_however_far_it_moves_step_by_step()
    {
        Assert.That(Judge([.. Enumerable.Range(0, 2000).Select(step => Math.Exp(0.01 * step))]), Is.All.Null);
    }

    [Test]
    public void Guard_that_goes_on_from_a_saved_state_judges_alike()
    {
        var first = new DivergenceGuard(Recipe);
        for (var step = 0; step < 62; step++)
            _ = first.Judge(Report(step < 60 ? 1 : 9));
        var second = new DivergenceGuard(Recipe) { State = first.State };

        Assert.That(first.State.IsCalm, Is.False);
        Assert.That(second.Judge(Report(9)), Is.Not.Null.And.EqualTo(first.Judge(Report(9))));
    }

    private static string?[] Judge(params double[] losses)
    {
        var guard = new DivergenceGuard(Recipe);
        return [.. losses.Select(loss => guard.Judge(Report(loss)))];
    }

    private static StepReport Report(double loss) => new(1, 0, loss, 1e-3, 1);
}
