using System.Text.Json;
using Serilog.Core;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Storage;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;
using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Tests.Tasks;

public sealed class FinetuneRunTests : FinetuneFixture
{
    [Test]
    public void A_tiny_network_learns_three_materials_and_beats_the_majority_class()
    {
        using var run = Open("run", Learning);

        var losses = run.Steps().Select(step => step.Loss).ToList();
        var result = run.Finish();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(losses, Has.Count.EqualTo(60));
            Assert.That(losses.TakeLast(5).Average(), Is.LessThan(0.7 * losses.Take(5).Average()));
            Assert.That(Test(result).OverallAccuracy, Is.GreaterThan(0.9).And.GreaterThan(Majority(result).OverallAccuracy + 0.2));
            Assert.That(Test(result).MacroF1, Is.GreaterThan(0.8));
            Assert.That(((ConfusionScores)result.Validation!).Pixels, Is.GreaterThan(0));
            Assert.That(Majority(result).Pixels, Is.EqualTo(Test(result).Pixels));
        }
    }

    [Test]
    public void A_finished_run_leaves_scores_confusion_matrix_report_and_a_network_that_knows_its_classes()
    {
        using var run = Open("run", Tiny with { Steps = 4, EvaluateEvery = 2 });
        _ = run.Steps().Count();

        var result = run.Finish();

        using var json = JsonDocument.Parse(File.ReadAllText(run.ScoresPath));
        using var network = TrainedSegmentation.Open(Folder.File("run"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.RootElement.GetProperty("test").GetProperty("macro_f1").GetDouble(), Is.EqualTo(Test(result).MacroF1));
            Assert.That(json.RootElement.GetProperty("test").GetProperty("mean_iou").GetDouble(), Is.EqualTo(Test(result).MeanIou));
            Assert.That(File.ReadAllLines(Folder.File("run/confusion.csv")), Has.Length.EqualTo(4));
            Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("Confusion matrix").And.Contain("meadow").And.Contain("majority").And.Contain("Spectra of pixels classified well and badly"));
            Assert.That(network.Description.Classes, Is.EqualTo(LabelledDataset.Classes));
            Assert.That(network.Description.Provenance.Step, Is.EqualTo(result.BestStep));
        }
    }

    [Test]
    public void A_run_stopped_after_any_step_ends_like_an_uninterrupted_one()
    {
        var recipe = Learning with { Steps = 12, EvaluateEvery = 4, CheckpointEvery = 3 };
        Train("whole", recipe);
        foreach (var stop in new[] { 5, 11 })
        {
            using (var first = Open($"parts-{stop}", recipe))
            using (var cancel = new CancellationTokenSource())
            {
                foreach (var step in first.Steps(cancel.Token))
                {
                    if (step.Step == stop)
                        cancel.Cancel();
                }
            }

            Train($"parts-{stop}", recipe);

            Assert.That(Bytes($"parts-{stop}", "step-00000012.safetensors"), Is.EqualTo(Bytes("whole", "step-00000012.safetensors")), $"stopped after {stop}");
            Assert.That(Bytes($"parts-{stop}", "best.safetensors"), Is.EqualTo(Bytes("whole", "best.safetensors")), $"stopped after {stop}");
        }
    }

    [Test]
    public void A_killed_run_goes_on_from_its_last_checkpoint_to_the_same_end()
    {
        var recipe = Tiny with { Steps = 12, EvaluateEvery = 4, CheckpointEvery = 5 };
        Train("whole", recipe);
        FolderContent.Copy(Folder.File("whole"), Folder.File("killed"));
        // As after a kill at step 11: the checkpoint of step 10 is the newest, best weights may be of a later step.
        File.Delete(Folder.File("killed/checkpoints/step-00000012.safetensors"));

        Train("killed", recipe);

        Assert.That(Bytes("killed", "step-00000012.safetensors"), Is.EqualTo(Bytes("whole", "step-00000012.safetensors")));
        Assert.That(Bytes("killed", "best.safetensors"), Is.EqualTo(Bytes("whole", "best.safetensors")));
    }

    [Test]
    public void A_finished_run_is_not_tested_again()
    {
        var recipe = Tiny with { Steps = 2, EvaluateEvery = 2 };
        TrainAndTest("run", recipe);
        var written = File.GetLastWriteTimeUtc(Folder.File("run/report.html"));
        var info = File.ReadAllText(Folder.File("run/run.yaml"));

        using (var again = Open("run", recipe))
        {
            Assert.That((again.WasFinished, again.Steps().Count()), Is.EqualTo((true, 0)));
            var result = again.Finish();
            Assert.That(Test(result).PerClass.Select(item => item.Name), Is.EqualTo(LabelledDataset.Classes.Select(item => item.Name)));
            Assert.That(result.BestStep, Is.EqualTo(2));
            Assert.That(result.TestIntervals, Is.Not.Empty);
            Assert.That(File.GetLastWriteTimeUtc(Folder.File("run/report.html")), Is.EqualTo(written));
            Assert.That(File.ReadAllText(Folder.File("run/run.yaml")), Is.EqualTo(info), "it was not started again");
        }

        File.Delete(Folder.File("run/metrics.json"));
        using var untested = Open("run", recipe);
        Assert.That(untested.WasFinished, Is.False);
    }

    [TestCase(FrozenPart.Encoder, false, false)]
    [TestCase(FrozenPart.AllButAdapter, true, false)]
    [TestCase(FrozenPart.Adapter, false, true)]
    [TestCase(FrozenPart.None, true, true)]
    public void Frozen_parts_keep_weights_and_statistics(FrozenPart freeze, bool adapterChanges, bool blocksChange)
    {
        Train("run", Tiny with { Steps = 3, EvaluateEvery = 3, Freeze = freeze, AdapterStatistics = AdapterStatistics.Updated });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Differs("run", 3, "encoder.spectral_adapter.0.weight"), Is.EqualTo(adapterChanges), "adapter weights");
            Assert.That(Differs("run", 3, "encoder.spectral_adapter.1.running_mean"), Is.EqualTo(adapterChanges), "adapter statistics");
            Assert.That(Differs("run", 3, "encoder.vit_core.blocks.0.mlp.fc1.weight"), Is.EqualTo(blocksChange), "blocks");
        }
    }

    [Test]
    public void Drifting_statistics_of_a_frozen_adapter_change_as_in_the_reference_and_the_report_says_so()
    {
        using var run = Open("run", Tiny with { Steps = 3, EvaluateEvery = 3, Freeze = FrozenPart.Encoder, AdapterStatistics = AdapterStatistics.Drifting });
        _ = run.Steps().Count();

        Assert.That(run.Finish().Warnings, Has.Some.Contains("drifting"));
        Assert.That(Differs("run", 3, "encoder.spectral_adapter.0.weight"), Is.False, "adapter weights");
        Assert.That(Differs("run", 3, "encoder.spectral_adapter.1.running_mean"), Is.True, "adapter statistics");
    }

    [Test]
    public void The_first_blocks_of_a_frozen_encoder_can_be_trained()
    {
        Encoder = TinyEncoder.WriteMae(Folder.File("deep.safetensors"), TinyEncoder.Config with { Depth = 3 });

        Train("run", Tiny with { Steps = 3, EvaluateEvery = 3, Freeze = FrozenPart.Encoder, TrainFirstBlocks = 2 });

        Assert.That(Enumerable.Range(0, 3).Select(block => Differs("run", 3, $"encoder.vit_core.blocks.{block}.mlp.fc1.weight")), Is.EqualTo(new[] { true, true, false }));
        Assert.That(Differs("run", 3, "encoder.spectral_adapter.0.weight"), Is.False);
    }

    [TestCase(LossForm.Focal, ClassWeighting.None, 0)]
    [TestCase(LossForm.CrossEntropy, ClassWeighting.EffectiveNumber, 0.1)]
    public void Other_losses_learn_too(LossForm form, ClassWeighting weights, double smoothing)
    {
        using var run = Open("run", Learning with { Loss = new LossRecipe { Form = form, ClassWeights = weights, LabelSmoothing = smoothing } });
        _ = run.Steps().Count();

        var result = run.Finish();

        Assert.That(Test(result).MacroF1, Is.GreaterThan(Majority(result).MacroF1 + 0.3));
    }

    [Test]
    public void A_share_of_the_training_patches_keeps_the_test()
    {
        using var all = Open("all", Tiny with { Steps = 1 });
        using var few = Open("few", Tiny with { Steps = 1, Split = new SplitRecipe { TrainShare = 0.25 } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(few.Split.Test, Is.EqualTo(all.Split.Test));
            Assert.That(few.Split.Train, Is.SubsetOf(all.Split.Train));
            Assert.That(few.Split.Train, Has.Count.EqualTo((int)Math.Round(0.25 * all.Split.Train.Count)));
            Assert.That(few.Split.TrainPatchesBeforeShare, Is.EqualTo(all.Split.Train.Count));
        }
    }

    [Test]
    public void The_references_share_takes_the_order_of_the_published_list()
    {
        WriteBackwardSplit(Data);
        using var run = Open("run", Tiny with { Steps = 1, Split = new SplitRecipe { File = "split.csv", TrainShare = 0.5, TrainShareDraw = ShareDraw.Reference } });

        // int(0.5 x 20) = 10, of them 70 % to train on; Python: random.Random(42).sample(range(16), 7) and sample(range(4), 3).
        // The list begins with the last patch of the catalog, number 24.
        Assert.That(run.Split.Train, Is.EqualTo(new[] { 21, 24, 13, 20, 9, 11, 22 }));
        Assert.That(run.Split.Validation, Is.EqualTo(new[] { 8, 5, 7 }));
        Assert.That(run.Split.Test, Has.Count.EqualTo(5));
    }

    [Test]
    public void The_references_share_is_drawn_before_patches_without_labels_leave()
    {
        var dataset = Dataset.Open(LabelledDataset.Write(Folder.File("sparse"), code => code == 9 ? 9 : 0));
        WriteBackwardSplit(dataset.Path);

        var split = LabelledSplit.Of(dataset, LabelCensus.Take(dataset, new ClassTable(dataset.Manifest.Classes)), new SplitRecipe { File = "split.csv", TrainShare = 0.5, TrainShareDraw = ShareDraw.Reference });

        // The draw of the test above, in which the same patches stand.
        Assert.That(split.Train, Is.EqualTo(new[] { 21, 24, 13, 20, 9, 11, 22 }.Where(patch => dataset.Catalog[patch].LabelledFraction > 0)));
        Assert.That(split.Train, Has.Count.InRange(1, 6));
    }

    [Test]
    public void A_split_by_patches_says_what_its_scores_are_worth()
    {
        using var run = Open("run", Tiny with { Steps = 1, Split = new SplitRecipe { By = SplitUnit.Patch } });
        _ = run.Steps().Count();

        var result = run.Finish();

        Assert.That(result.Split.By, Is.EqualTo("patch"));
        Assert.That(result.Warnings, Has.Some.Contains("neighbours of test patches train"));
        Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("Each location went to a part by itself").And.Contain("total variation"));
    }

    [Test]
    public void A_split_by_patches_that_overlap_is_refused()
    {
        Data = LabelledDataset.Write(Folder.File("overlapping"), stride: 8);

        Assert.That(() => Open("run", Tiny with { Split = new SplitRecipe { By = SplitUnit.Patch } }), Throws.TypeOf<DatasetException>().With.Message.Contains("overlap"));
    }

    [Test]
    public void Without_test_and_validation_everything_trains_and_the_result_says_so()
    {
        using var run = Open("run", Tiny with { Steps = 3, Split = new SplitRecipe { TestFraction = 0, ValidationFraction = 0 } });
        _ = run.Steps().Count();

        var result = run.Finish();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Test, Is.Null);
            Assert.That(result.Split.TrainPatches, Is.EqualTo(25));
            Assert.That(result.BestStep, Is.EqualTo(3));
            Assert.That(result.Warnings, Has.Some.Contains("No test was made"));
            Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("No test was made"));
        }
    }

    [Test]
    public void A_class_without_training_pixels_is_named_in_the_report()
    {
        Data = LabelledDataset.Write(Folder.File("no-water"), code => code == 9 ? 0 : code);
        using var run = Open("run", Tiny with { Steps = 2 });
        _ = run.Steps().Count();

        var result = run.Finish();

        Assert.That(result.Warnings, Has.Some.Contains("No training pixel is labelled water"));
        Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("No training pixel is labelled water"));
    }

    [Test]
    public void Overlapping_patches_are_scored_once_per_ground_pixel()
    {
        Data = LabelledDataset.Write(Folder.File("overlapping"), stride: 8);
        using var run = Open("run", Tiny with { Steps = 2 });
        _ = run.Steps().Count();

        var result = run.Finish();

        Assert.That(result.Split.TestPixels.Sum(), Is.GreaterThan(Test(result).Pixels), "patches overlap, so pixels repeat");
        Assert.That(Test(result).Pixels, Is.LessThanOrEqualTo(80 * 80));
        Assert.That(result.Warnings, Has.Some.Contains("overlap two parts"));
    }

    [TestCase(60, BandUse.ByNumber)]
    [TestCase(60, BandUse.OfData)]
    [TestCase(90, BandUse.Nearest)]
    public void An_encoder_that_knows_wavelengths_learns_on_a_data_set_with_other_bands(int bands, BandUse use)
    {
        var shape = TinyEncoder.Config with { Adapter = AdapterForm.Full };
        Encoder = TinyEncoder.WriteMae(Folder.File("full.safetensors"), shape.ForBands([.. Enumerable.Range(0, LabelledDataset.Bands).Select(channel => 420 + (6.5 * channel))]));
        Data = LabelledDataset.Write(Folder.File("other"), bands: bands);
        using var run = Open("run", Learning with { Bands = use });
        _ = run.Steps().Count();

        var result = run.Finish();

        using var network = TrainedSegmentation.Open(Folder.File("run"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(network.Description.Encoder.Bands, Is.EqualTo(bands));
            Assert.That(network.Description.Mean, Is.EqualTo(Dataset.Open(Data).Manifest.Statistics.Select(band => band.Mean)), "the data set's own statistics");
            Assert.That(result.Warnings, Has.Some.Contains($"learned 76 bands from 420 to 908 nm; the data set has {bands}"));
            Assert.That(Test(result).OverallAccuracy, Is.GreaterThan(Majority(result).OverallAccuracy + 0.2));
        }
    }

    [Test]
    public void Larger_patches_are_trained_on_random_windows_and_mapped_by_blended_ones()
    {
        var small = TinyEncoder.WriteMae(Folder.File("small.safetensors"), TinyEncoder.Config with { PatchSize = 8 });
        using var run = FinetuneRun.OpenOrResume(Folder.File("run"), Data, small, Learning with { Steps = 40, EvaluateEvery = 40 }, Origin, Logger.None);
        _ = run.Steps().Count();

        var result = run.Finish();

        Assert.That(Test(result).OverallAccuracy, Is.GreaterThan(Majority(result).OverallAccuracy));
    }

    [Test]
    public void Patience_ends_a_run_that_no_longer_improves()
    {
        // A learning rate of almost nothing improves nothing.
        using var run = Open("run", Tiny with { Steps = 200, EvaluateEvery = 1, Patience = 3, Optimizer = new OptimizerRecipe { LearningRate = 1e-12 }, AdapterStatistics = AdapterStatistics.Frozen });

        var steps = run.Steps().Count();

        Assert.That(steps, Is.LessThan(200));
        Assert.That(run.Finish().BestStep, Is.LessThanOrEqualTo(steps - 3));
    }

    [Test]
    public void Random_weights_ignore_the_checkpoint()
    {
        var recipe = Tiny with { Steps = 1, InitialWeights = InitialWeights.Random };
        var first = Encoder;
        Train("first", recipe);
        Encoder = TinyEncoder.WriteMae(Folder.File("other.safetensors"), seed: 8);
        Train("second", recipe);
        Train("pretrained", Tiny with { Steps = 1 });

        Assert.That(File.ReadAllBytes(Encoder), Is.Not.EqualTo(File.ReadAllBytes(first)));
        Assert.That(Weights("second"), Is.EqualTo(Weights("first")));
        Assert.That(Weights("pretrained"), Is.Not.EqualTo(Weights("first")));

        // All that the network holds, without what a checkpoint says of its origin.
        List<(string, ulong)> Weights(string run)
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            using var file = SafeTensorsFile.Open(Folder.File($"{run}/checkpoints/step-00000001.safetensors"));
            return [.. file.Names.Where(name => name.StartsWith("model.", StringComparison.Ordinal)).Select(name => (name, Checksum.Of(file.Read(name).bytes)))];
        }
    }

    /// <summary>A split whose list begins with the last patch of the catalog: 16 to train on, 4 to validate, 5 to test.</summary>
    private static void WriteBackwardSplit(string data)
    {
        int[] patches = [.. Enumerable.Range(0, 25).Reverse()];
        SplitFile.Write(Path.Combine(data, SplitFile.FileName), Dataset.Open(data), new DatasetSplit { Train = patches[..16], Validation = patches[16..20], Test = patches[20..], DroppedLocations = 0 });
    }

    private static ConfusionScores Test(FinetuneResult result) => (ConfusionScores)result.Test!;

    private static ConfusionScores Majority(FinetuneResult result) => (ConfusionScores)result.Majority!;

    private bool Differs(string run, int step, string key)
    {
        using var before = SafeTensorsFile.Open(Encoder);
        using var after = SafeTensorsFile.Open(Folder.File($"{run}/checkpoints/step-{step:D8}.safetensors"));
        using var old = before.Read("model." + key);
        using var now = after.Read("model." + key);
        return !old.data<float>().SequenceEqual(now.data<float>());
    }
}
