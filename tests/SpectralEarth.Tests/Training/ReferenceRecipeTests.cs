using SpectralEarth.Models;
using SpectralEarth.Models.Contrastive;
using SpectralEarth.Recipes;
using SpectralEarth.Storage;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Measuring;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Tests.Training;

/// <summary>
/// The recipes in reference form against the rows of the tables 3.1 to 3.4 of what the reference's code and configuration say, and
/// that the other form mends what those tables call wrong.
/// </summary>
public sealed class ReferenceRecipeTests
{
    /// <summary>Locations of the published data, which the reference counts as an epoch: 1,621.7 batches of 256.</summary>
    private const int Locations = 415_153;

    private static readonly string[] Mae = ["spec-vit-small-mae", "spec-vit-base-mae", "spec-vit-large-mae", "spec-vit-huge-mae", "spec-vit-giant-mae"];
    private static readonly string[] Moco = ["spec-vit-small-moco", "spec-resnet50-moco"], Dino = ["spec-vit-small-dino", "spec-resnet50-dino"];
    private static readonly string[] All = [.. Mae, .. Moco, .. Dino];

    [TestCaseSource(nameof(All))]
    public void Rows_common_to_all(string model)
    {
        var recipe = Reference(model);

        Assert.That(recipe.Seed, Is.EqualTo(12345));
        Assert.That(recipe.BatchSize, Is.EqualTo(4 * 64));
        Assert.That(recipe.Accumulate, Is.EqualTo(1));
        Assert.That(recipe.Optimizer.ClipGradients, Is.Null);
        Assert.That(recipe.Optimizer.DecayNormsAndBiases, Is.True);
        Assert.That((recipe.CheckpointEvery, recipe.KeepCheckpoints), Is.EqualTo((1622L, 2)), "after every epoch; one and the last");
        Assert.That((recipe.Bands, recipe.CropSize, recipe.Normalization), Is.EqualTo((202, 128, NormalizationSource.Sensor)));
        Assert.That(recipe.Samples, Is.EqualTo(PretrainSamples.Locations));
        Assert.That(recipe.Encoder.TokenSize, Is.EqualTo(4));
        Assert.That(recipe.Length(Locations).StepsPerEpoch, Is.EqualTo(1622).Within(0.5));
    }

    [TestCaseSource(nameof(All))]
    public void Table_3_1_augmentations(string model)
    {
        var recipe = Reference(model);
        var (least, blur) = recipe.Objective switch
        {
            PretrainObjective.Mae => (0.4, 0.0),
            PretrainObjective.MocoV2 => (0.08, 0.5),
            _ => (0.05, 0.5),
        };

        ExpectAugmentation(recipe.Augmentation, least, most: 1, blur, size: 128, kernel: 13);
        if (recipe.Dino is not { } dino)
            return;
        Assert.That((dino.LocalViews.Count, dino.LocalViews.Size), Is.EqualTo((0, 48)), "local views are off");
        ExpectAugmentation(dino.LocalViews.Augmentation, 0.05, most: 0.4, blur: 0.5, size: 48, kernel: 5);
    }

    [TestCaseSource(nameof(Mae))]
    public void Table_3_2_masked_autoencoding(string model)
    {
        var recipe = Reference(model);
        var mae = recipe.Mae!;
        var encoder = recipe.EncoderOn(bands: 202, patchSize: 128);
        Assert.That((mae.MaskRatio, RandomMasking.KeptTokens(encoder.Tokens, mae.MaskRatio)), Is.EqualTo((0.9, 102)));
        Assert.That((mae.Decoder.Width, mae.Decoder.Depth, mae.Decoder.Heads), Is.EqualTo((512, 1, 16)));
        Assert.That((mae.AdapterInput, mae.NormalizedTarget, mae.ValidPixelsOnly), Is.EqualTo((AdapterInput.All, true, false)));
        Assert.That(encoder.Positions, Is.EqualTo(PositionalEmbedding.SineCosine));
        ExpectAdamW(recipe.Optimizer, learningRate: 1e-4, weightDecay: 0.01);
        Assert.That(recipe.Epochs, Is.EqualTo(200));
        ExpectFactors(recipe, (0, 1), (100, 0.5), (150, 0.146447), (199, 0.0000617));
    }

    [TestCaseSource(nameof(Moco))]
    public void Table_3_3_MoCo_v2(string model)
    {
        var recipe = Reference(model);
        var moco = recipe.MocoV2!;

        Assert.That(recipe.Objective, Is.EqualTo(PretrainObjective.MocoV2));
        Assert.That((recipe.Optimizer.Name, recipe.Optimizer.LearningRate, recipe.Optimizer.Momentum, recipe.Optimizer.WeightDecay),
            Is.EqualTo((OptimizerName.Sgd, 1e-3, 0.9, 1e-4)));
        Assert.That(recipe.Epochs, Is.EqualTo(100));
        ExpectFactors(recipe, (0, 1), (59, 1), (60, 0.1), (79, 0.1), (80, 0.01), (99, 0.01));
        Assert.That((moco.Temperature, moco.QueueLength, moco.HiddenWidth, moco.OutputWidth), Is.EqualTo((0.1, 32768, 2048, 128)));
        Assert.That(Momentum(moco.Momentum, recipe), Is.All.EqualTo(0.999));
        Assert.That((recipe.Positives, recipe.SingleDate), Is.EqualTo((PositivePairs.Temporal, SingleDate.Repeat)));
        Assert.That((moco.Copied, moco.QueueRestored), Is.EqualTo((CopiedPart.Nothing, false)), "mistakes of the reference");
        ExpectViT(recipe, moco.FirstWeights);

        var mended = Mended(model);
        Assert.That((mended.MocoV2!.Copied, mended.MocoV2.QueueRestored, mended.Optimizer.DecayNormsAndBiases), Is.EqualTo((CopiedPart.Everything, true, false)));
    }

    [TestCaseSource(nameof(Dino))]
    public void Table_3_4_DINO(string model)
    {
        var recipe = Reference(model);
        var dino = recipe.Dino!;

        Assert.That(recipe.Objective, Is.EqualTo(PretrainObjective.Dino));
        ExpectAdamW(recipe.Optimizer, learningRate: 1e-3, weightDecay: 1e-5);
        Assert.That(recipe.Epochs, Is.EqualTo(100));
        ExpectFactors(recipe, (0, 0.05), (20, 1), (60, 0.6545), (99, 0.105));
        Assert.That((dino.HiddenWidth, dino.BottleneckWidth, dino.Outputs), Is.EqualTo((2048, 256, 128)));
        Assert.That(dino.StudentTemperature, Is.EqualTo(0.1));
        Assert.That(Enumerable.Range(0, 100).Select(epoch => dino.TeacherTemperature.At(epoch)), Is.All.EqualTo(0.04));
        Assert.That((dino.CenterMomentum, dino.LastLayerFrozenEpochs), Is.EqualTo((0.9, 1)));
        double[] expected = [0.996, 0.99612, 0.99647, 0.997, 0.99765, 0.99835, 0.999, 0.99953, 0.99988, .. Enumerable.Repeat(1.0, 91)];
        Assert.That(Momentum(dino.Momentum, recipe), Is.EqualTo(expected).Within(6e-6));
        Assert.That((recipe.Positives, recipe.SingleDate), Is.EqualTo((PositivePairs.Temporal, SingleDate.Repeat)));
        Assert.That(dino.Copied, Is.EqualTo(CopiedPart.Encoder), "a mistake of the reference: the head is drawn apart");
        ExpectViT(recipe, dino.FirstWeights);

        var mended = Mended(model);
        Assert.That(Momentum(mended.Dino!.Momentum, mended).Take(99), Is.Ordered.And.All.LessThan(1));
        Assert.That((mended.Dino.Copied, mended.Optimizer.DecayNormsAndBiases), Is.EqualTo((CopiedPart.Everything, false)));
    }

    private static void ExpectAugmentation(AugmentationRecipe augmentation, double least, double most, double blur, int size, int kernel)
    {
        Assert.That(augmentation.ResizedCropScale, Is.EqualTo(new[] { least, most }));
        Assert.That((augmentation.Flips, augmentation.Rotations), Is.EqualTo((true, false)));
        Assert.That(augmentation.BlurProbability, Is.EqualTo(blur));
        Assert.That(augmentation.BlurSigma, Is.EqualTo(new[] { 0.1, 2 }));
        Assert.That((2 * augmentation.BlurRadius(size)) + 1, Is.EqualTo(kernel));
        Assert.That((2 * new AugmentationRecipe().BlurRadius(size)) + 1, Is.EqualTo(kernel), "the rule for kernels that are not given");
    }

    private static void ExpectAdamW(OptimizerRecipe optimizer, double learningRate, double weightDecay)
    {
        Assert.That((optimizer.Name, optimizer.LearningRate, optimizer.WeightDecay, optimizer.Eps), Is.EqualTo((OptimizerName.Adamw, learningRate, weightDecay, 1e-8)));
        Assert.That(optimizer.Betas, Is.EqualTo(new[] { 0.9, 0.999 }));
    }

    /// <summary>Learning rate over its peak in the first and the last step of epochs.</summary>
    private static void ExpectFactors(PretrainRecipe recipe, params (int Epoch, double Factor)[] expected)
    {
        var run = recipe.Length(Locations);
        var (perEpoch, schedule) = (run.StepsPerEpoch, new LearningRateSchedule(recipe.Schedule, Peak: 1, run));
        foreach (var (epoch, factor) in expected)
        {
            Assert.That(schedule.At((long)Math.Ceiling(epoch * perEpoch)), Is.EqualTo(factor).Within(5e-3 * factor), $"epoch {epoch}");
            Assert.That(schedule.At((long)Math.Floor((epoch + 1) * perEpoch) - 1), Is.EqualTo(factor).Within(5e-3 * factor), $"end of epoch {epoch}");
        }
    }

    /// <summary>Section 2.2: timm's ViT with learned positions and its own first weights.</summary>
    private static void ExpectViT(PretrainRecipe recipe, FirstWeightsForm first)
    {
        if (recipe.EncoderOn(bands: 202, patchSize: 128) is { IsTransformer: true } encoder)
            Assert.That((encoder.Positions, first), Is.EqualTo((PositionalEmbedding.Learned, FirstWeightsForm.Timm)));
    }

    /// <summary>Share of the following network that is kept, at the first step of each epoch.</summary>
    private static IEnumerable<double> Momentum(MomentumRecipe momentum, PretrainRecipe recipe)
    {
        var run = recipe.Length(Locations);
        return [.. Enumerable.Range(0, recipe.Epochs).Select(epoch => momentum.At((long)Math.Ceiling(epoch * run.StepsPerEpoch), run))];
    }

    private static PretrainRecipe Reference(string model) => Read(model, "pretrain.reference.yaml");

    private static PretrainRecipe Mended(string model) => Read(model, "pretrain.yaml");

    private static PretrainRecipe Read(string model, string file) =>
        RecipeFile.Read<PretrainRecipe>(Path.Combine(ProgramFolder.Find("checkpoints"), model, file)).Validated(SyntheticPatches.Manifest(new PretrainRecipe(), 1000));
}
