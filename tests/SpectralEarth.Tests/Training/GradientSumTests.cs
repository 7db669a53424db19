using SpectralEarth.Distribution;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Distributed;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class GradientSumTests
{
    private const int Depth = 3;

    [TestCase(PretrainObjective.Mae, false)]
    [TestCase(PretrainObjective.Mae, true)]
    [TestCase(PretrainObjective.Dino, false)]
    public void Gradients_of_each_block_are_complete_when_their_sum_begins(PretrainObjective objective, bool recompute)
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
        using var pretrainer = new Pretrainer(recipe, PretrainObjectives.Create(recipe, data.Manifest, data.Manifest.Patches, normalization, CPU), data.Manifest.Patches, new RankBatch(ranks));
        using var loader = new PatchLoader(data, [[0, 1, 2, 3]], threads: 1);
        using var batch = loader.Next()!;

        _ = pretrainer.Train(0, [batch]);

        Assert.That(ranks.Begun, Has.Count.EqualTo(2 * Depth), "a run of matrices and one of biases and norms for each block");
        foreach (var (start, values) in ranks.Begun)
        {
            var first = (start - ranks.FirstAddress(pretrainer.Parameters)) / sizeof(float);
            var now = pretrainer.Parameters.Gradients.data<float>().ToArray().AsSpan((int)first, values.Length).ToArray();
            Assert.That(values.Any(value => value != 0));
            Assert.That(now, Is.EqualTo(values));
        }
    }

    /// <summary>A group of one that notes what it is given to sum.</summary>
    private sealed class RecordingRanks : IRankGroup
    {
        public List<(nint Start, float[] Values)> Begun { get; } = [];
        public int Rank => 0;
        public int Size => 1;
        public int LocalRank => 0;
        public int LocalSize => 1;

        public nint FirstAddress(FlatParameters parameters) => Address(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(parameters.Gradients.bytes));

        public IPendingSum BeginSum(Span<float> values)
        {
            Begun.Add((Address(values), values.ToArray()));
            return new SingleRank().BeginSum(values);
        }

        public void Barrier()
        {
        }

        public void Broadcast(Span<byte> bytes, int root = 0)
        {
        }

        public void Sum(Span<float> values)
        {
        }

        public void Sum(Span<double> values)
        {
        }

        public void Sum(Span<long> values)
        {
        }

        public void Abandon()
        {
        }

        public void Dispose()
        {
        }

        private static unsafe nint Address(Span<float> values)
        {
            fixed (float* start = values)
                return (nint)start;
        }
    }
}
