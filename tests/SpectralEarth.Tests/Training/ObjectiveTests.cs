using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Models.Contrastive;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Monitoring;
using SpectralEarth.Training.Objectives;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

/// <summary>Every objective but masked autoencoding as a run in its folder.</summary>
public sealed class ObjectiveTests
{
    private static readonly PretrainRecipe Views = TinyRecipe.Recipe with
    {
        Mae = null,
        Augmentation = new AugmentationRecipe { ResizedCropScale = [0.4, 1], BlurProbability = 0.5, BlurKernel = 3 },
    };

    private static readonly Dictionary<string, PretrainRecipe> Recipes = new()
    {
        ["moco_v2"] = Views with { Objective = PretrainObjective.MocoV2, MocoV2 = new MocoV2Recipe { HiddenWidth = 16, OutputWidth = 8, QueueLength = 12 } },
        ["moco_v3"] = Views with { Objective = PretrainObjective.MocoV3, MocoV3 = new MocoV3Recipe { HiddenWidth = 16, OutputWidth = 8 } },
        ["dino"] = Views with { Objective = PretrainObjective.Dino, Dino = new DinoRecipe { HiddenWidth = 16, BottleneckWidth = 8, Outputs = 12 } },
        ["temporal"] = Views with { Objective = PretrainObjective.Dino, Dino = new DinoRecipe { HiddenWidth = 16, BottleneckWidth = 8, Outputs = 12 }, Positives = PositivePairs.Temporal },
    };

    private TemporaryFolder folder = null!;
    private string data = null!;

    [SetUp]
    public void WriteData()
    {
        folder = new TemporaryFolder();
        data = TinyDataset.Write(folder.File("data"));
    }

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    // 10 patches in batches of 4: steps 3 and 5 end inside an epoch; the last checkpoints before lie at 2 and 4.
    [TestCase("moco_v2", 3)]
    [TestCase("moco_v3", 5)]
    [TestCase("dino", 3)]
    [TestCase("temporal", 5)]
    public void Killed_and_resumed_run_ends_bit_identical_to_an_uninterrupted_one(string objective, int killedAfter)
    {
        var recipe = Recipes[objective];
        using (var run = TinyRecipe.Open(folder.File("straight"), data, recipe))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(folder.File("resumed"), data, recipe))
            _ = run.Steps().Take(killedAfter).Last();                   // leaves the loop as a kill does: nothing is written

        using (var run = TinyRecipe.Open(folder.File("resumed"), data, recipe))
        {
            Assert.That(run.StepsDone, Is.EqualTo(killedAfter / 2 * 2), "the last checkpoint before");
            _ = run.Steps().Last();
        }

        Assert.That(Differing("straight", "resumed"), Is.Empty);
    }

    [Test]
    public void Reference_form_of_MoCo_goes_on_with_a_fresh_queue()
    {
        var recipe = Recipes["moco_v2"] with { MocoV2 = Recipes["moco_v2"].MocoV2! with { QueueRestored = false } };
        using (var run = TinyRecipe.Open(folder.File("straight"), data, recipe))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(folder.File("resumed"), data, recipe))
            _ = run.Steps().Take(4).Last();
        using (var run = TinyRecipe.Open(folder.File("resumed"), data, recipe))
            _ = run.Steps().Last();

        Assert.That(Differing("straight", "resumed"), Does.Contain("optimizer.queue.keys"));
    }

    [TestCase("moco_v2")]
    [TestCase("moco_v3")]
    [TestCase("dino")]
    public void Checkpoint_is_an_encoder_for_other_verbs_and_the_report_shows_how_its_features_spread(string objective)
    {
        using (var run = TinyRecipe.Open(folder.File("run"), data, Recipes[objective]))
        {
            _ = run.Steps().Last();
            run.WriteReport();
        }

        var report = Exporter.Export(folder.File("run"), folder.File("encoder.safetensors"), new() { Format = ExportFormat.SafeTensors });
        using var exported = SafeTensorsFile.Open(folder.File("encoder.safetensors"));
        Assert.That(exported.Names, Does.Contain("vit_core.cls_token"));
        Assert.That(report.Tensors, Is.EqualTo(exported.Names.Count));
        Assert.That(File.ReadAllText(folder.File("run/report.html")), Does.Contain("Effective rank"));
    }

    [Test]
    public void Teacher_can_be_kept_in_place_of_the_student()
    {
        var student = Recipes["dino"];
        var teacher = student with { Dino = student.Dino! with { Kept = DinoPart.Teacher } };
        using (var run = TinyRecipe.Open(folder.File("student"), data, student))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(folder.File("teacher"), data, teacher))
            _ = run.Steps().Last();

        using var scope = NewDisposeScope();
        using var one = SafeTensorsFile.Open(Checkpoint("student"));
        using var other = SafeTensorsFile.Open(Checkpoint("teacher"));
        const string Key = "vit_core.patch_embed.proj.weight";
        Assert.That(other.Read("model.encoder." + Key).equal(one.Read("optimizer.networks.follower.encoder." + Key)).all().item<bool>());
        Assert.That(other.Read("optimizer.networks.online.encoder." + Key).equal(one.Read("model.encoder." + Key)).all().item<bool>());
    }

    [TestCase("moco_v2")]
    [TestCase("moco_v3")]
    [TestCase("dino")]
    public void Following_network_begins_as_a_copy_and_gets_no_gradient(string objective)
    {
        using var run = TinyRecipe.Open(folder.File("run"), data, Recipes[objective] with { Steps = 1, CheckpointEvery = 1, Schedule = new() { WarmupSteps = 0 } });
        var report = run.Steps().Single();

        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(folder.File("run/checkpoints/step-00000001.safetensors"));
        Assert.That(report.GradientNorm, Is.Positive);
        var online = file.Read("model.encoder.vit_core.blocks.0.attn.qkv.weight");
        var follower = file.Read("optimizer.networks.follower.encoder.vit_core.blocks.0.attn.qkv.weight");
        // One optimizer step of the online network lies between them.
        Assert.That((online - follower).abs().max().item<float>(), Is.InRange(1e-6, 2 * TinyRecipe.Recipe.Optimizer.LearningRate));
    }

    [Test]
    public void Last_layer_of_DINO_stands_still_in_the_first_epoch_only()
    {
        var recipe = Recipes["dino"] with { Optimizer = TinyRecipe.Recipe.Optimizer with { WeightDecay = 0 }, CheckpointEvery = 1, KeepCheckpoints = 9 };
        using (var run = TinyRecipe.Open(folder.File("run"), data, recipe))
            _ = run.Steps().Last();

        using var scope = NewDisposeScope();
        Tensor LastLayer(int step)
        {
            using var file = SafeTensorsFile.Open(folder.File($"run/checkpoints/step-{step:D8}.safetensors"));
            return file.Read("optimizer.networks.online.head.last_layer.weight_v");
        }

        // 10 patches in batches of 4: steps 0 to 2 begin in epoch 0, step 3 in epoch 1.
        Assert.That(LastLayer(3).equal(LastLayer(1)).all().item<bool>());
        Assert.That(LastLayer(4).equal(LastLayer(3)).all().item<bool>(), Is.False);
    }

    [TestCase("moco_v2")]
    [TestCase("dino")]
    public void Non_finite_step_leaves_following_network_memory_and_statistics_as_they_were(string objective)
    {
        var dataset = Dataset.Open(data);
        var recipe = Recipes[objective].Validated(dataset.Manifest);
        var (mean, deviation) = InputStatistics.Of(recipe.Normalization, dataset.Manifest);
        using var normalization = new BandNormalization(mean, deviation);
        using var pretrainer = new Pretrainer(recipe, PretrainObjectives.Create(recipe, dataset.Manifest, 10, normalization, CPU), 10);
        using var loader = new PatchLoader(dataset, [[0, 1, 2, 4], [5, 6, 7, 8]], threads: 1);
        using (var batch = loader.Next()!)
            _ = pretrainer.Train(0, [batch]);
        using var scope = NewDisposeScope();
        const string Spoiled = "networks.online.encoder.vit_core.cls_token";
        var before = pretrainer.Network.state_dict().ToDictionary(item => item.Key, item => item.Value.clone());
        using (no_grad())
            pretrainer.Network.get_parameter(Spoiled)!.fill_(float.NaN);

        using var next = loader.Next()!;
        var report = pretrainer.Train(1, [next]);

        Assert.That(report.IsFinite, Is.False);
        foreach (var (name, value) in pretrainer.Network.state_dict().Where(item => item.Key != Spoiled))
            Assert.That(value.equal(before[name]).all().item<bool>(), name);
    }

    [TestCase("moco_v2")]
    [TestCase("moco_v3")]
    [TestCase("dino")]
    public void Loss_falls_on_a_tiny_data_set(string objective)
    {
        // DINO's loss falls for sure only towards a teacher that stands still and differs from the student.
        var recipe = Recipes[objective] with
        {
            Steps = 60,
            BatchSize = 10,
            CheckpointEvery = 100,
            MocoV2 = Recipes[objective].MocoV2 is { } moco ? moco with { Momentum = new() { Start = 0.9, End = 0.9 } } : null,
            Dino = Recipes[objective].Dino is { } dino ? dino with { Momentum = new() { Start = 1 }, Copied = CopiedPart.Encoder, LastLayerFrozenEpochs = 0 } : null,
        };
        using (var run = TinyRecipe.Open(folder.File("run"), data, recipe))
            _ = run.Steps().Last();

        var losses = MetricsFile.Read(folder.File("run/metrics.csv")).Select(row => row.Loss).ToList();
        Assert.That(losses.TakeLast(10).Average(), Is.LessThan(0.95 * losses.Take(10).Average()), string.Join(' ', losses.Select(loss => $"{loss:g3}")));
    }

    private List<string> Differing(string one, string other)
    {
        using var scope = NewDisposeScope();
        using var first = SafeTensorsFile.Open(Checkpoint(one));
        using var second = SafeTensorsFile.Open(Checkpoint(other));
        Assert.That(second.Names, Is.EqualTo(first.Names));
        return [.. first.Names.Where(name => !second.Read(name).bytes.SequenceEqual(first.Read(name).bytes))];
    }

    private string Checkpoint(string run) => folder.File($"{run}/checkpoints/step-00000007.safetensors");
}
