using Serilog.Core;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Tiling.Importing;
using SpectralEarth.Tiling.Importing;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Tasks.Layouts;

/// <summary>Every published task from its files on disk to the scores of a network: import, finetune, evaluate.</summary>
public sealed class PublishedTaskTests
{
    private static readonly RunOrigin Origin = new("0.1.0-test", "spectralearth finetune", "tiny.yaml");

    [TestCase("enmap-cdl")]
    [TestCase("enmap-nlcd")]
    [TestCase("enmap-eurocrops")]
    [TestCase("enmap-bdforet")]
    [TestCase("enmap-treemap")]
    [TestCase("enmap-bnetd")]
    [TestCase("desis-cdl")]
    [TestCase("eo1-cdl")]
    [TestCase("enmap-corine")]
    [TestCase("hyperview")]
    public void A_small_copy_is_imported_learned_and_scored(string name)
    {
        using var folder = new TemporaryFolder();
        var task = TaskDescriptor.Load(name);
        PublishedTask.Write(folder, task);

        var imported = DatasetImporter.Run(new ImportOptions
        {
            Layout = PatchLayout.Downstream,
            Folder = folder.File("data"),
            Output = folder.File("patches"),
            Task = name,
            Splits = folder.File("lists"),
            PatchSize = PublishedFiles.Side,
        });
        var dataset = Dataset.Open(folder.File("patches"));
        using var run = FinetuneRun.OpenOrResume(folder.File("run"), dataset.Path, TinyEncoder.WriteFor(folder.File("encoder.safetensors"), dataset), Recipe(task), Origin, Logger.None);
        _ = run.Steps().Count();
        var result = run.Finish();
        var part = task.Type == TaskType.Regression ? "validation" : "test";
        // A report takes as long as all the rest: one for each type of task.
        var scores = name is "enmap-cdl" or "enmap-corine" or "hyperview" ? folder.File("scores") : null;
        var evaluated = SplitEvaluation.Run(folder.File("run"), dataset.Path, new EvaluationOptions { Part = part, OutPath = scores, TestTimeAugmentation = false });

        using (Assert.EnterMultipleScope())
        {
            Assert.That((imported.Patches, imported.Rejected.Count), Is.EqualTo((task.Type == TaskType.Regression ? 14 : 20, 0)));
            Assert.That(dataset.Manifest.Classes.Select(item => item.Name), Is.EqualTo(task.Classes.Select(item => item.Name)));
            Assert.That(dataset.Manifest.LabelsComplete, Is.EqualTo(task.Type == TaskType.MultiLabel));
            Assert.That(dataset.Manifest.Targets, Is.EqualTo(task.Targets));
            Assert.That((result.Split.TrainPatches, result.Split.ValidationPatches, result.Split.TestPatches),
                Is.EqualTo((PublishedTask.Train, PublishedTask.Validation, task.Splits!.Test > 0 ? PublishedTask.Test : 0)));
            Assert.That(evaluated.Test.Summary, Is.EqualTo((task.Type == TaskType.Regression ? result.Validation : result.Test)!.Summary), "the same weights, patches and scores");
            Assert.That(evaluated.TestIntervals, Is.Not.Empty);
            if (scores is not null)
                Assert.That(File.ReadAllText(folder.File("scores/report.html")), Does.Contain("Evaluation"));
            Assert.That(DatasetVerifier.Run(dataset.Path).Problems, Is.Empty);
        }
    }

    [Test]
    public void The_order_of_the_published_lists_is_kept_for_the_references_subsets()
    {
        using var folder = new TemporaryFolder();
        var task = TaskDescriptor.Load("enmap-cdl");
        PublishedTask.Write(folder, task);
        string[] lines = File.ReadAllLines(folder.File("lists/train.txt"));
        File.WriteAllLines(folder.File("lists/train.txt"), lines.Reverse());

        DatasetImporter.Run(new ImportOptions { Layout = PatchLayout.Downstream, Folder = folder.File("data"), Output = folder.File("patches"), Task = "enmap-cdl", Splits = folder.File("lists"), PatchSize = PublishedFiles.Side });

        var dataset = Dataset.Open(folder.File("patches"));
        Assert.That(SplitFile.Read(SplitFile.FileName, dataset).Train.Select(patch => dataset.Catalog[patch].LocationId), Is.EqualTo(lines.Reverse().Select(line => line.Split('/')[0])));
    }

    [Test]
    public void Numbers_that_are_missing_reject_their_patch_and_the_rest_goes_on()
    {
        using var folder = new TemporaryFolder();
        var task = TaskDescriptor.Load("hyperview");
        PublishedTask.Write(folder, task);
        string[] rows = File.ReadAllLines(folder.File("lists/train.csv"));
        string[] cells = rows[3].Split(',');
        cells[11] = "NaN";
        rows[3] = string.Join(',', cells);
        File.WriteAllLines(folder.File("lists/train.csv"), rows);
        File.Delete(folder.File("data/images/5.npz"));
        PublishedTask.WriteArray(folder.File("data/images/5.npz"), new short[149 * 4], "(149, 2, 2)");

        var report = DatasetImporter.Run(Hyperview(folder));

        Assert.That(report.Patches, Is.EqualTo(12));
        Assert.That(report.Rejected.Select(one => one.Reason), Has.Some.Contains("pH is 'NaN'").And.Some.Contains("[149, 2, 2]; expected [150"));
    }

    [Test]
    public void A_table_with_an_open_quote_is_named()
    {
        using var folder = new TemporaryFolder();
        PublishedTask.Write(folder, TaskDescriptor.Load("hyperview"));
        File.AppendAllText(folder.File("lists/train.csv"), "\"");

        Assert.That(() => DatasetImporter.Run(Hyperview(folder)), Throws.TypeOf<FormatException>().With.Message.EndsWith("train.csv: a quote is never closed. Mend the file."));
    }

    [Test]
    public void A_checkpoint_that_is_not_fine_tuned_or_has_other_classes_is_not_scored()
    {
        using var folder = new TemporaryFolder();
        var data = LabelledDataset.Write(folder.File("data"));

        Assert.That(() => SplitEvaluation.Run(TinyEncoder.WriteMae(folder.File("mae.safetensors")), data, new EvaluationOptions { Part = "all" }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("not of a fine-tuned network"));
    }

    private static ImportOptions Hyperview(TemporaryFolder folder) =>
        new() { Layout = PatchLayout.Downstream, Folder = folder.File("data"), Output = folder.File("patches"), Task = "hyperview", Splits = folder.File("lists"), PatchSize = 16 };

    private static FinetuneRecipe Recipe(TaskDescriptor task) => new()
    {
        Task = task.Type,
        Steps = 1,
        BatchSize = 5,
        EvaluateEvery = 1,
        Decoder = SegmentationDecoder.Conv,
        TestTimeAugmentation = false,
        RegisterLabels = false,
        Split = new SplitRecipe { File = SplitFile.FileName },
        Threads = 1,
        LoaderThreads = 1,
        Device = ComputeDevice.Cpu,
    };
}
