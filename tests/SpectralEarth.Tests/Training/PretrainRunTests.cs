using System.Net.Sockets;
using System.Text.RegularExpressions;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Monitoring;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Training;

public sealed class PretrainRunTests : PretrainFixture
{
    [Test]
    public void Finished_run_holds_every_file_of_the_layout()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
        {
            Assert.That(run.Steps().Count(), Is.EqualTo(7));
            run.WriteReport();
        }

        Assert.That(RecipeFile.Read<PretrainRecipe>(Folder.File("run/recipe.yaml")).Steps, Is.EqualTo(7));
        Assert.That(File.ReadAllText(Folder.File("run/run.yaml")), Does.Contain(Dataset.Open(Data).Manifest.Fingerprint).And.Contain("spectralearth pretrain"));
        Assert.That(MetricsFile.Read(Folder.File("run/metrics.csv")).Select(row => row.Step), Is.EqualTo(Enumerable.Range(1, 7)));
        Assert.That(Directory.GetFiles(Folder.File("run/tensorboard")), Has.Length.EqualTo(1));
        Assert.That(File.ReadAllText(Folder.File("run/report.html")), Does.Contain("Reconstructions").And.Contain("data:image/png").And.Contain("The network saw no band of it."));
        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000004.safetensors", "step-00000006.safetensors", "step-00000007.safetensors" }),
            "every second step and the last one; the newest three are kept");
    }

    [Test]
    public void A_finished_run_is_not_started_again()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            Assert.That((run.WasFinished, run.Steps().Count()), Is.EqualTo((false, 7)));
        var info = File.ReadAllText(Folder.File("run/run.yaml"));

        using (var again = TinyRecipe.Open(Folder.File("run"), Data))
            Assert.That((again.WasFinished, again.StepsDone, again.Steps().Count()), Is.EqualTo((true, 7L, 0)));

        Assert.That(File.ReadAllText(Folder.File("run/run.yaml")), Is.EqualTo(info));
    }

    [Test]
    public void Checkpoint_describes_its_model_for_other_verbs()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            Assert.That(run.Steps().Count(), Is.EqualTo(7));

        using var file = SafeTensorsFile.Open(CheckpointFile.Resolve(Folder.File("run")));
        var description = CheckpointFile.Describe(file);

        Assert.That(description.Architecture, Is.EqualTo(ModelDescription.MaeArchitecture));
        Assert.That(description.Provenance.Step, Is.EqualTo(7));
        Assert.That(description.Encoder.Bands, Is.EqualTo(TinyDataset.Bands));
        Assert.That(file.Names, Does.Contain("model.encoder.vit_core.cls_token").And.Contain("optimizer.first_moment"));
    }

    // 10 patches in batches of 4: steps 1, 3, 4 and 6 end inside an epoch. After a kill at 5, step 5 is done again.
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(5)]
    [TestCase(6)]
    public void Killed_and_resumed_run_ends_bit_identical_to_an_uninterrupted_one(int killedAfter)
    {
        using (var run = TinyRecipe.Open(Folder.File("straight"), Data))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(Folder.File("resumed"), Data))
            _ = run.Steps().Take(killedAfter).Last();                   // leaves the loop as a kill does: nothing is written

        using (var run = TinyRecipe.Open(Folder.File("resumed"), Data))
        {
            Assert.That(run.StepsDone, Is.EqualTo(killedAfter / 2 * 2), "the last checkpoint before");
            _ = run.Steps().Last();
        }

        AssertSameTensors("straight", "resumed");
        Assert.That(Outcome("resumed"), Is.EqualTo(Outcome("straight")));
    }

    [Test]
    public void A_run_by_wavelength_with_a_cross_decoder_and_hidden_bands_is_described_reported_and_resumed_bit_identical()
    {
        var tiny = TinyRecipe.Recipe;
        var recipe = tiny with
        {
            Encoder = tiny.Encoder with { Adapter = AdapterForm.Full },
            Mae = tiny.Mae! with { Decoder = tiny.Mae.Decoder with { Form = DecoderForm.Cross, PredictedShare = 0.5 }, SpectralMaskRatio = 0.3 },
        };
        using (var run = TinyRecipe.Open(Folder.File("straight"), Data, recipe))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(Folder.File("resumed"), Data, recipe))
            _ = run.Steps().Take(5).Last();
        using (var run = TinyRecipe.Open(Folder.File("resumed"), Data, recipe))
        {
            _ = run.Steps().Last();
            run.WriteReport();
        }

        using var file = SafeTensorsFile.Open(CheckpointFile.Resolve(Folder.File("resumed")));
        var mae = CheckpointFile.Describe(file).Mae!;
        Assert.That((mae.DecoderForm, mae.PredictedShare, mae.SpectralMaskRatio, mae.Encoder.Adapter), Is.EqualTo((DecoderForm.Cross, 0.5, 0.3, AdapterForm.Full)));
        Assert.That(mae.Encoder.WavelengthsNm, Is.EqualTo(Dataset.Open(Data).Manifest.WavelengthsNm));
        Assert.That(file.Names, Does.Contain("model.encoder.spectral_adapter.response").And.Contain("model.decoder.decoder_blocks.0.cross_attn.kv.weight"));
        var report = File.ReadAllText(Folder.File("resumed/report.html"));
        Assert.That(report, Does.Contain("Reconstructions").And.Contain("data:image/png").And.Contain($"of {TinyDataset.Bands} bands (shaded) of no pixel"));
        Assert.That(Regex.Matches(report, @"Row \d+, column \d+").Select(match => match.Value).ToHashSet(), Has.Count.GreaterThan(1), "each patch has a pixel of its own");
        AssertSameTensors("straight", "resumed");
    }

    [Test]
    public void Cancelled_run_writes_a_checkpoint_and_goes_on_from_it()
    {
        using (var run = TinyRecipe.Open(Folder.File("straight"), Data))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(Folder.File("stopped"), Data))
        using (var cancel = new CancellationTokenSource())
        {
            foreach (var report in run.Steps(cancel.Token))
            {
                if (report.Step == 3)
                    cancel.Cancel();
            }

            Assert.That(run.StepsDone, Is.EqualTo(3));
        }

        Assert.That(Names("stopped/checkpoints")[^1], Is.EqualTo("step-00000003.safetensors"));
        using (var run = TinyRecipe.Open(Folder.File("stopped"), Data))
            Assert.That(run.Steps().First().Step, Is.EqualTo(4));
        using (var run = TinyRecipe.Open(Folder.File("stopped"), Data))
            _ = run.Steps().Last();
        AssertSameTensors("straight", "stopped");
    }

    [Test]
    public void More_memory_than_any_machine_has_is_warned_of_before_the_first_step()
    {
        var log = new LogList();
        var large = TinyDataset.Write(Folder.File("large"), patches: 1, size: 64);

        using var run = TinyRecipe.Open(Folder.File("run"), large, TinyRecipe.Recipe with { BatchSize = 1 << 24, Accumulate = 1 << 12 }, log.Logger);

        Assert.That(log.Warnings, Has.One.Contains("GB of memory").And.One.Contains("recompute"));
    }

    [Test]
    public void A_network_that_does_not_fit_the_memory_is_an_error_that_names_the_keys_that_help()
    {
        var recipe = TinyRecipe.Recipe with
        {
            Objective = PretrainObjective.MocoV2,
            Mae = null,
            MocoV2 = new MocoV2Recipe { HiddenWidth = 1, OutputWidth = 40_000, QueueLength = int.MaxValue },     // 340 TB: more than the address space
            Augmentation = new() { ResizedCropScale = [0.5, 1] },
        };

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data, recipe), Throws.TypeOf<InsufficientMemoryException>()
            .With.Message.Contains("without any patch: ").And.Message.Contains("encoder.width").And.Message.Contains("moco_v2.queue_length"));
    }

    [Test]
    public void A_warm_up_longer_than_the_run_is_warned_of_once()
    {
        var log = new LogList();
        using var run = TinyRecipe.Open(Folder.File("run"), Data, TinyRecipe.Recipe with { Steps = 1 }, log.Logger);

        _ = run.Steps().Last();
        Assert.That(run.Steps(), Is.Empty);

        Assert.That(log.Warnings, Has.One.StartsWith("schedule.warmup_steps is a warm-up of 2 steps, but the run has 1"));
    }

    [Test]
    public void Finished_run_opened_again_does_nothing()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Last();
        var before = File.GetLastWriteTimeUtc(Folder.File("run/checkpoints/step-00000007.safetensors"));

        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            Assert.That(run.Steps(), Is.Empty);

        Assert.That(File.GetLastWriteTimeUtc(Folder.File("run/checkpoints/step-00000007.safetensors")), Is.EqualTo(before));
    }

    [Test]
    public void Another_recipe_is_refused_with_the_differing_keys()
    {
        using (TinyRecipe.Open(Folder.File("run"), Data))
        {
        }

        var other = TinyRecipe.Recipe with { Seed = 9, Optimizer = TinyRecipe.Recipe.Optimizer with { WeightDecay = 0.5 } };

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data, other), Throws.TypeOf<OtherRunException>()
            .With.Message.Contains("seed: 1 -> 9").And.Message.Contains("optimizer.weight_decay: 0.05 -> 0.5"));
    }

    [Test]
    public void A_run_with_checkpoints_whose_recipe_is_missing_is_refused()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Last();
        File.Delete(Folder.File("run/recipe.yaml"));

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data), Throws.TypeOf<OtherRunException>().With.Message.Contains("recipe.yaml is missing, but the run has written checkpoints"));
    }

    [Test]
    public void A_recipe_that_no_run_wrote_is_not_replaced()
    {
        Directory.CreateDirectory(Folder.File("run"));
        File.WriteAllText(Folder.File("run/recipe.yaml"), "# mine\n" + RecipeFile.ToYaml(TinyRecipe.Recipe));

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data), Throws.TypeOf<OtherRunException>().With.Message.Contains("is no run's").And.Message.Contains("Give the file another name"));

        Assert.That(File.ReadAllText(Folder.File("run/recipe.yaml")), Does.StartWith("# mine"));
    }

    [Test]
    public void A_finished_run_that_is_to_be_longer_is_told_how_to_begin_with_its_weights()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Last();

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data, TinyRecipe.Recipe with { Steps = 100 }), Throws.TypeOf<OtherRunException>()
            .With.Message.Contains("steps: ").And.Message.Contains($"--checkpoint {Folder.File("run")}"));
    }

    [Test]
    public void Keys_that_do_not_change_the_outcome_may_change()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Take(2).Last();

        using (var run = TinyRecipe.Open(Folder.File("run"), Data, TinyRecipe.Recipe with { CheckpointEvery = 1, KeepCheckpoints = 1, LoaderThreads = 2 }))
            _ = run.Steps().Last();

        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000007.safetensors" }));
    }

    [Test]
    public void Recomputing_run_ends_bit_identical_and_bfloat16_learns_alike()
    {
        using (var run = TinyRecipe.Open(Folder.File("straight"), Data))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(Folder.File("recomputed"), Data, TinyRecipe.Recipe with { Recompute = true }))
            _ = run.Steps().Last();
        // Three steps: products in bfloat16 are slow on processors.
        double[] coarse;
        using (var run = TinyRecipe.Open(Folder.File("coarse"), Data, TinyRecipe.Recipe with { Precision = Precision.Bfloat16 }))
            coarse = [.. run.Steps().Take(3).Select(step => step.Loss)];

        AssertSameTensors("straight", "recomputed");
        foreach (var (row, loss) in MetricsFile.Read(Folder.File("straight/metrics.csv")).Zip(coarse))
            Assert.That(loss, Is.EqualTo(row.Loss).Within(0.02 * row.Loss).And.Not.EqualTo(row.Loss), $"step {row.Step}");
    }

    [Test]
    public void Milestones_are_kept_for_good()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data, TinyRecipe.Recipe with { KeepCheckpoints = 1, MilestoneEvery = 4 }))
            _ = run.Steps().Last();

        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000004.safetensors", "step-00000007.safetensors" }));
    }

    [TestCase(2, 3)]
    [TestCase(100, 3)]
    public void Milestones_are_made_at_steps_where_no_other_checkpoint_is_due_and_a_run_goes_on_from_them(int checkpointEvery, int milestoneEvery)
    {
        var recipe = TinyRecipe.Recipe with { KeepCheckpoints = 1, CheckpointEvery = checkpointEvery, MilestoneEvery = milestoneEvery };
        using (var run = TinyRecipe.Open(Folder.File("straight"), Data))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(Folder.File("run"), Data, recipe))
            _ = run.Steps().Take(3).Last();

        using (var run = TinyRecipe.Open(Folder.File("run"), Data, recipe))
        {
            Assert.That(run.StepsDone, Is.EqualTo(3));
            _ = run.Steps().Last();
        }

        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000003.safetensors", "step-00000006.safetensors", "step-00000007.safetensors" }));
        AssertSameTensors("straight", "run");
    }

    [Test]
    public void Another_data_set_is_refused_with_both_fingerprints()
    {
        using (TinyRecipe.Open(Folder.File("run"), Data))
        {
        }

        var other = TinyDataset.Write(Folder.File("other"), seed: 2);

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), other), Throws.TypeOf<OtherRunException>()
            .With.Message.Contains(Dataset.Open(Data).Manifest.Fingerprint).And.Message.Contains(Dataset.Open(other).Manifest.Fingerprint));
    }

    [Test]
    public void Run_folder_in_use_is_refused()
    {
        using var run = TinyRecipe.Open(Folder.File("run"), Data);

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data), Throws.InstanceOf<IOException>().With.Message.Contains("another process"));
    }

    [Test]
    public void Run_folder_that_cannot_be_written_to_is_refused_with_the_cause_instead_of_another_process()
    {
        Directory.CreateDirectory(Folder.File("run"));
        using var inTheWay = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        inTheWay.Bind(new UnixDomainSocketEndPoint(Folder.File("run/.lock")));         // cannot be opened, as a file of a read-only file system cannot
        File.WriteAllText(Folder.File("file"), "");

        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data), Throws.InstanceOf<IOException>()
            .With.Message.StartsWith(Folder.File("run") + ":").And.Message.Contains("No such device or address").And.Message.Contains("--out").And.Message.Not.Contains("another process"));
        Assert.That(() => TinyRecipe.Open(Folder.File("file"), Data), Throws.InstanceOf<IOException>()
            .With.Message.StartsWith(Folder.File("file") + ":").And.Message.Contains("already exists").And.Message.Contains("--out"));
    }

    [Test]
    public void Refused_recipe_leaves_no_folder()
    {
        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data, TinyRecipe.Recipe with { Bands = 202 }), Throws.TypeOf<RecipeException>());

        Assert.That(Directory.Exists(Folder.File("run")), Is.False);
    }

    [Test]
    public void Steps_that_stay_non_finite_stop_the_run()
    {
        var recipe = TinyRecipe.Recipe with
        {
            Steps = 50,
            MaxNonFiniteSteps = 2,
            Optimizer = TinyRecipe.Recipe.Optimizer with { LearningRate = 1e30, ClipGradients = null },
            Schedule = new() { WarmupSteps = 0 },
        };
        var log = new LogList();
        using var run = TinyRecipe.Open(Folder.File("run"), Data, recipe, log.Logger);

        var error = Assert.Throws<DivergenceException>(() => _ = run.Steps().Last());

        Assert.That(error!.Message, Does.Contain("3 steps in a row").And.Contain("no checkpoint from before").And.Contain("optimizer.learning_rate"));
        Assert.That(log.Warnings.Count(line => line.Contains("skipped", StringComparison.Ordinal)), Is.EqualTo(3));
        Assert.That(MetricsFile.Read(Folder.File("run/metrics.csv"))[^1].IsFinite, Is.False);
        Assert.That(File.ReadAllText(Folder.File("run/report.html")), Does.Contain("The run went wrong").And.Contain("optimizer.learning_rate"));
    }

    private string[] Names(string path) => [.. Directory.GetFiles(Folder.File(path)).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    /// <summary>The columns of metrics.csv that do not depend on time and memory.</summary>
    private List<string> Outcome(string run) =>
        [.. File.ReadLines(Folder.File($"{run}/metrics.csv")).Select(line => string.Join(',', line.Split(',').Take(5)))];
}
