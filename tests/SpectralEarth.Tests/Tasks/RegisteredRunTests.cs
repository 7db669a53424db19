using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Tasks;

public sealed class RegisteredRunTests : FinetuneFixture
{
    [Test]
    public void Labels_that_lie_aside_are_found_by_the_run_and_followed_by_its_test_and_its_network()
    {
        Data = LabelledDataset.Write(Folder.File("aside"), aside: (0, 1));
        using var run = Open("run", Learning with { Steps = 4, EvaluateEvery = 2 });
        _ = run.Steps().Count();

        var result = run.Finish();

        var again = SplitEvaluation.Run(Folder.File("run"), Data, new EvaluationOptions());
        using var network = TrainedSegmentation.Open(Folder.File("run"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.LabelOffset!.Columns, Is.EqualTo(1).Within(0.2));
            Assert.That(network.Description.LabelOffset, Is.EqualTo(result.LabelOffset));
            Assert.That(((ConfusionScores)again.Test).MacroF1, Is.EqualTo(((ConfusionScores)result.Test!).MacroF1));
            Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain($"by {result.LabelOffset}"));
        }
    }

    [Test]
    public void Labels_are_taken_as_they_lie_if_the_recipe_says_so()
    {
        Data = LabelledDataset.Write(Folder.File("aside"), aside: (0, 1));

        using var run = Open("run", Learning with { RegisterLabels = false });

        Assert.That(run.LabelOffset, Is.Null);
    }

    [Test]
    public void A_run_that_lost_the_offset_of_its_labels_is_refused()
    {
        Data = LabelledDataset.Write(Folder.File("aside"), aside: (0, 1));
        Train("run", Learning with { Steps = 4, EvaluateEvery = 2 });
        File.Delete(Folder.File("run/run.yaml"));

        Assert.That(() => Open("run", Learning with { Steps = 4, EvaluateEvery = 2 }),
            Throws.TypeOf<OtherRunException>().With.Message.Contains("run.yaml says 0 rows and 0 columns"));
    }
}
