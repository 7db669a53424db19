using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Measuring;

namespace SpectralEarth.Tests.Training;

public sealed class TrainingPlanTests
{
    private static readonly DatasetManifest Data = SyntheticPatches.Manifest(new PretrainRecipe(), 1000);

    // Kept: keep_checkpoints, one being written and the milestones, but no more than the run makes, and one at its end.
    [TestCase(50, null, 3)]
    [TestCase(50, 200, 8)]
    [TestCase(500, 200, 7)]
    [TestCase(10_000, 300, 4)]
    [TestCase(10_000, null, 2)]
    public void Checkpoints_are_counted_as_a_run_makes_them(int checkpointEvery, int? milestoneEvery, int expected)
    {
        var recipe = new PretrainRecipe { BatchSize = 8, Steps = 1000, CheckpointEvery = checkpointEvery, KeepCheckpoints = 2, MilestoneEvery = milestoneEvery };

        var plan = TrainingPlan.Of(recipe, Data, patches: 1000, gpus: 1, peakTeraflops: 1, share: 0.4);

        Assert.That(plan.CheckpointBytes / RunMemory.Of(recipe.Validated(Data), Data, ranks: 1).Stored, Is.EqualTo(expected));
    }
}
