using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Distributed;
using SpectralEarth.Training.Objectives;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class GradientSumTests
{
    private const int Depth = 3;

    [TestCase(PretrainObjective.Mae, false, false)]
    [TestCase(PretrainObjective.Mae, true, false)]
    [TestCase(PretrainObjective.Dino, false, false)]
    [TestCase(PretrainObjective.Dino, false, true)]
    public void Gradients_of_each_block_are_complete_when_their_sum_begins(PretrainObjective objective, bool recompute, bool byDevice)
    {
        using var folder = new TemporaryFolder();
        var data = Dataset.Open(TinyDataset.Write(folder.File("data")));
        var recipe = (TinyRecipe.Recipe with
        {
            Objective = objective,
            Mae = objective == PretrainObjective.Mae ? TinyRecipe.Recipe.Mae : null,
            Encoder = TinyRecipe.Recipe.Encoder with { Depth = Depth },
            Augmentation = new AugmentationRecipe { ResizedCropScale = [0.5, 1] },
            Recompute = recompute,
            Optimizer = TinyRecipe.Recipe.Optimizer with { ClipGradients = null },      // clipping comes after the sums
            Dino = objective == PretrainObjective.Dino ? new DinoRecipe { LastLayerFrozenEpochs = 0 } : null,
        }).Validated(data.Manifest);
        var (mean, deviation) = InputStatistics.Of(recipe.Normalization, data.Manifest);
        using var normalization = new BandNormalization(mean, deviation);
        var ranks = new RecordingRanks();
        var shared = byDevice ? new RankBatch(ranks, ranks.OnDevice(0), TorchSharp.DeviceType.CPU) : new RankBatch(ranks);
        using var pretrainer = new Pretrainer(recipe, PretrainObjectives.Create(recipe, data.Manifest, data.Manifest.Patches, normalization, CPU), data.Manifest.Patches, shared);
        using var loader = new PatchLoader(data, [[0, 1, 2, 3]], threads: 1);
        using var batch = loader.Next()!;

        _ = pretrainer.Train(0, [batch]);

        var begun = ranks.Device?.Begun ?? ranks.Begun;
        Assert.That(begun, Has.Count.EqualTo(2 * Depth), "a run of matrices and one of biases and norms for each block");
        foreach (var (start, values) in begun)
        {
            var first = (start - TensorAddress.Of(pretrainer.Parameters.Gradients)) / sizeof(float);
            var now = pretrainer.Parameters.Gradients.data<float>().ToArray().AsSpan((int)first, values.Length).ToArray();
            Assert.That(values.Any(value => value != 0));
            Assert.That(now, Is.EqualTo(values));
        }
    }
}
