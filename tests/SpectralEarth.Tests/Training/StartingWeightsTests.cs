using SpectralEarth.Checkpoints;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

/// <summary>Pretraining that begins with given weights.</summary>
public sealed class StartingWeightsTests : PretrainFixture
{
    /// <summary>Pixels, half of a patch of the tiny data set.</summary>
    private const int SmallerCrop = 4;

    private const string Positions = "pos_embed";

    /// <summary>One step so small that the weights stay what they were.</summary>
    private static readonly PretrainRecipe Still = TinyRecipe.Recipe with { Seed = 5, Steps = 1, Schedule = new ScheduleRecipe(), Optimizer = new OptimizerRecipe { LearningRate = 1e-12 } };

    [Test]
    public void A_masked_autoencoder_begins_with_encoder_and_decoder_and_says_so_in_its_record()
    {
        Train("first", TinyRecipe.Recipe);

        Train("second", Still, Folder.File("first"));
        Train("third", Still);

        Assert.That(Distance("first", "second", "model."), Is.LessThan(1e-6));
        Assert.That(Distance("first", "third", "model."), Is.GreaterThan(1e-3), "another seed draws other weights");
        Assert.That(RecipeFile.Read<RunInfo>(Folder.File("second/run.yaml")).InitialWeights, Is.EqualTo(ChecksumOf("first")));
        Assert.That(RecipeFile.Read<RunInfo>(Folder.File("third/run.yaml")).InitialWeights, Is.Null);
    }

    [Test]
    public void Another_decoder_leaves_the_encoder_as_it_is_in_the_checkpoint()
    {
        Train("first", TinyRecipe.Recipe);

        Train("second", Still with { Mae = Still.Mae! with { Decoder = Still.Mae.Decoder with { Width = 8 } } }, Folder.File("first"));

        Assert.That(Distance("first", "second", "model.encoder."), Is.LessThan(1e-6));
    }

    [Test]
    public void The_log_says_what_was_taken_and_what_is_random_once()
    {
        Train("first", TinyRecipe.Recipe);
        var otherDecoder = Still with { Mae = Still.Mae! with { Decoder = Still.Mae.Decoder with { Width = 8 } } };
        var first = Folder.File("first");
        var begins = $"Begins with the weights of {CheckpointFile.Resolve(first)} (step 7): encoder";

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Told("same", Still, first), Is.EqualTo(new[] { $"{begins} and decoder" }));
            Assert.That(Told("other", otherDecoder, first), Is.EqualTo(new[] { $"{begins}; its decoder is of another shape, so that begins with random weights" }));
            Assert.That(Told("other", otherDecoder, first), Is.Empty, "the run goes on");
        }
    }

    [Test]
    public void A_network_that_follows_begins_with_the_same_encoder()
    {
        Train("first", TinyRecipe.Recipe);

        Train("second", Still with
        {
            Objective = PretrainObjective.MocoV3,
            Mae = null,
            MocoV3 = new MocoV3Recipe { HiddenWidth = 16, OutputWidth = 8 },
            Augmentation = new() { ResizedCropScale = [0.4, 1] },
        }, Folder.File("first"));

        Assert.That(Distance("first", "second", "model.encoder."), Is.LessThan(1e-6));
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(CheckpointFile.Resolve(Folder.File("second")));
        var follower = file.Names.Where(name => name.Contains("follower", StringComparison.Ordinal) && name.Contains(".encoder.", StringComparison.Ordinal) && !name.Contains("running", StringComparison.Ordinal) && file.Type(name) == ScalarType.Float32).ToArray();
        Assert.That(follower, Is.Not.Empty);
        foreach (var name in follower)
            Assert.That((file.Read(name) - file.Read("model.encoder." + name[(name.IndexOf(".encoder.", StringComparison.Ordinal) + 9)..])).abs().max().item<float>(), Is.LessThan(1e-6), name);
    }

    [TestCase("first")]
    [TestCase("second", Description = "what a run of another size made is a checkpoint like any other")]
    public void A_masked_autoencoder_of_another_crop_size_computes_its_positions_and_takes_all_else(string checkpoint)
    {
        Train("first", TinyRecipe.Recipe);
        Train("second", Still with { CropSize = SmallerCrop }, Folder.File("first"));

        var said = Told("third", Still with { CropSize = checkpoint == "first" ? SmallerCrop : null }, Folder.File(checkpoint));
        Train("fresh", Still with { CropSize = checkpoint == "first" ? SmallerCrop : null });

        Assert.That(said, Has.Length.EqualTo(1).And.All.EndsWith(": encoder and decoder; the fixed positions are computed for this crop_size"));
        Assert.That(Distance(checkpoint, "third", "model.", Positions), Is.LessThan(1e-6));
        Assert.That(Distance("fresh", "third", "model.encoder.vit_core.pos_embed"), Is.Zero);
        Assert.That(Distance("fresh", "third", "model.decoder.decoder_pos_embed"), Is.Zero);
    }

    [Test]
    public void Another_crop_size_and_another_decoder_leave_the_encoder_but_for_positions()
    {
        Train("first", TinyRecipe.Recipe);

        var said = Told("second", Still with { CropSize = SmallerCrop, Mae = Still.Mae! with { Decoder = Still.Mae.Decoder with { Width = 8 } } }, Folder.File("first"));

        Assert.That(said, Has.Length.EqualTo(1).And.All.EndsWith("its decoder is of another shape, so that begins with random weights; the fixed positions are computed for this crop_size"));
        Assert.That(Distance("first", "second", "model.encoder.", Positions), Is.LessThan(1e-6));
    }

    [Test]
    public void Of_another_crop_size_fixed_positions_are_computed_and_learned_ones_refused()
    {
        Train("first", TinyRecipe.Recipe);
        var smaller = Still with { CropSize = SmallerCrop, Mae = null, Augmentation = new() { ResizedCropScale = [0.4, 1] } };
        var fixedOnes = smaller with { Objective = PretrainObjective.MocoV3, MocoV3 = new MocoV3Recipe { HiddenWidth = 16, OutputWidth = 8 } };
        var learnedOnes = smaller with { Objective = PretrainObjective.MocoV2, MocoV2 = new MocoV2Recipe { HiddenWidth = 16, OutputWidth = 8, QueueLength = 8 } };

        var said = Told("moco-v3", fixedOnes, Folder.File("first"));

        Assert.That(said, Has.Length.EqualTo(1).And.All.EndsWith(": encoder; the heads begin with random weights; the fixed positions are computed for this crop_size"));
        Assert.That(Distance("first", "moco-v3", "model.encoder.", Positions), Is.LessThan(1e-6));
        Assert.That(() => Open("moco-v2", learnedOnes, Folder.File("first")), Throws.TypeOf<CheckpointException>()
            .With.Message.Contains("in 1 of").And.Message.Contains("reshaped: model.encoder.vit_core.pos_embed"));
    }

    [Test]
    public void A_run_from_given_weights_resumes_bit_identical_whether_they_are_named_again_or_not([Values] bool named)
    {
        Train("first", TinyRecipe.Recipe);
        var recipe = TinyRecipe.Recipe with { Seed = 5 };
        Train("straight", recipe, Folder.File("first"));
        using (var run = Open("resumed", recipe, Folder.File("first")))
            _ = run.Steps().Take(3).Last();                     // leaves the loop as a kill does

        Train("resumed", recipe, named ? Folder.File("first") : null);

        Assert.That(Distance("straight", "resumed", ""), Is.Zero);
    }

    [Test]
    public void Other_weights_than_the_run_began_with_are_refused()
    {
        Train("first", TinyRecipe.Recipe);
        Train("other", TinyRecipe.Recipe with { Seed = 7 });
        using (var run = Open("killed", Still, Folder.File("first")))
            Assert.That(run.StepsDone, Is.Zero);                // stopped before the first checkpoint
        Train("random", Still);

        Assert.That(() => Open("killed", Still, Folder.File("other")), Throws.TypeOf<OtherRunException>().With.Message.Contains(ChecksumOf("other")).And.Message.Contains(ChecksumOf("first")));
        Assert.That(() => Open("killed", Still, checkpoint: null), Throws.TypeOf<OtherRunException>().With.Message.Contains("Name them again by --checkpoint"));
        Assert.That(() => Open("random", Still, Folder.File("first")), Throws.TypeOf<OtherRunException>().With.Message.Contains("was begun with random weights"));
    }

    [Test]
    public void Weights_of_another_shape_are_refused_with_the_keys()
    {
        Train("first", TinyRecipe.Recipe);

        Assert.That(() => Open("wide", Still with { Encoder = Still.Encoder with { Width = 32 } }, Folder.File("first")),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("reshaped: model.encoder."));
    }

    [Test]
    public void Bands_at_other_wavelengths_are_told_with_their_number_and_distance()
    {
        Train("first", TinyRecipe.Recipe);
        var data = Dataset.Open(Data).Manifest;
        using var weights = Checkpoint.Open(Folder.File("first"));

        Assert.That(ChannelWavelengths.WarningOf(weights, data), Is.Null);
        Assert.That(ChannelWavelengths.WarningOf(weights, data with { WavelengthsNm = [.. data.WavelengthsNm.Select((nm, channel) => channel < 3 ? nm + 11.5 : nm)] }), Does.Contain("3 of the 76 bands").And.Contain("up to 11.5 nm"));
        Assert.That(ChannelWavelengths.WarningOf(weights, data with { Bands = [1, 2], WavelengthsNm = [500, 600] }), Does.Contain("the data set has 2 from 500 to 600 nm"));
    }

    private PretrainRun Open(string run, PretrainRecipe recipe, string? checkpoint) =>
        PretrainRun.OpenOrResume(Folder.File(run), Data, recipe, TinyRecipe.Origin, Serilog.Core.Logger.None, checkpoint: checkpoint);

    private void Train(string name, PretrainRecipe recipe, string? checkpoint = null)
    {
        using var run = Open(name, recipe, checkpoint);
        _ = run.Steps().Count();
    }

    /// <summary>What the log of a whole run says it begins with.</summary>
    private string[] Told(string name, PretrainRecipe recipe, string checkpoint)
    {
        var log = new LogList();
        using var run = PretrainRun.OpenOrResume(Folder.File(name), Data, recipe, TinyRecipe.Origin, log.Logger, checkpoint: checkpoint);
        foreach (var _ in run.Steps())
        {
        }

        return [.. log.Messages.Where(message => message.StartsWith("Begins", StringComparison.Ordinal))];
    }

    private string ChecksumOf(string run)
    {
        using var file = SafeTensorsFile.Open(CheckpointFile.Resolve(Folder.File(run)));
        return file.Metadata[SafeTensorsFile.ChecksumKey];
    }

    /// <summary>Largest difference of two runs' weights whose names begin so; statistics of batches, which every step moves, left out where the beginning names a model.</summary>
    private double Distance(string one, string other, string beginning, string? leftOut = null)
    {
        using var scope = NewDisposeScope();
        using var first = SafeTensorsFile.Open(CheckpointFile.Resolve(Folder.File(one)));
        using var second = SafeTensorsFile.Open(CheckpointFile.Resolve(Folder.File(other)));
        var names = first.Names.Where(name => name.StartsWith(beginning, StringComparison.Ordinal) && (beginning.Length == 0 || !(name.Contains("running", StringComparison.Ordinal) || name.Contains("tracked", StringComparison.Ordinal))))
            .Where(name => leftOut is null || !name.EndsWith(leftOut, StringComparison.Ordinal)).ToArray();
        Assert.That(names, Is.Not.Empty);
        return names.Max(name => (first.Read(name).to(float64) - second.Read(name).to(float64)).abs().max().item<double>());
    }
}
