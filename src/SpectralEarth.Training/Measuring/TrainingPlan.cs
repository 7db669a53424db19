using SpectralEarth.Shards;

namespace SpectralEarth.Training.Measuring;

/// <summary>What a pretraining run would take on a number of GPUs, estimated from formulas (docs/bench.md).</summary>
public sealed record TrainingPlan
{
    /// <summary>How many times the default codec makes int16 pixels smaller, as measured on the real scene (docs/benchmarks.md).</summary>
    private const double CodecRatio = 2.65;

    /// <summary>Patches in the data set.</summary>
    public required long Patches { get; init; }
    /// <summary>GPUs.</summary>
    public required int Gpus { get; init; }
    /// <summary>Peak of a GPU, trillions of operations per second.</summary>
    public required double PeakTeraflopsPerSecond { get; init; }
    /// <summary>Share of the peak that is assumed to be reached.</summary>
    public required double AssumedShare { get; init; }
    /// <summary>Optimizer steps.</summary>
    public required long Steps { get; init; }
    /// <summary>Trained parameters.</summary>
    public required long Parameters { get; init; }
    /// <summary>Operations of a step over all GPUs.</summary>
    public required double OperationsPerStep { get; init; }
    /// <summary>Hours.</summary>
    public required double Hours { get; init; }
    /// <summary>Patches that must be read per second, over all GPUs.</summary>
    public required double PatchesPerSecond { get; init; }
    /// <summary>The same on disk, megabytes per second.</summary>
    public required double ReadMegabytesPerSecond { get; init; }
    /// <summary>The data set on disk, bytes.</summary>
    public required double DatasetBytes { get; init; }
    /// <summary>The checkpoints that are kept at a time, bytes.</summary>
    public required double CheckpointBytes { get; init; }
    /// <summary>Memory of each GPU: parameters, gradients, the optimizer's buffers and what the backward pass needs, bytes.</summary>
    public required double GpuMemoryBytes { get; init; }
    /// <summary>Memory of the host beside the program, for each GPU: the patches of a step and batches read ahead, bytes.</summary>
    public required double HostMemoryBytes { get; init; }
    /// <summary>Memory of the host that the first GPU's process takes besides: the copy that a checkpoint is written from, bytes.</summary>
    public required double CheckpointCopyBytes { get; init; }

    /// <summary>Estimates a run.</summary>
    /// <param name="recipe">Recipe.</param>
    /// <param name="data">Data set whose shape is taken; null takes EnMAP's, or what the recipe names.</param>
    /// <param name="patches">Patches in the data set.</param>
    /// <param name="gpus">GPUs; must divide the batch.</param>
    /// <param name="peakTeraflops">Peak of a GPU in the recipe's precision, trillions of operations per second.</param>
    /// <param name="share">Share of the peak that is assumed to be reached, in (0, 1].</param>
    /// <exception cref="Recipes.RecipeException">The recipe cannot run, or the GPUs do not divide its batch.</exception>
    public static TrainingPlan Of(PretrainRecipe recipe, DatasetManifest? data, long patches, int gpus, double peakTeraflops, double share)
    {
        data = (data ?? SyntheticPatches.Manifest(recipe, 1)) with { Patches = (int)Math.Min(patches, int.MaxValue) };
        if (recipe.Accumulate > 0 && recipe.BatchSize % (gpus * recipe.Accumulate) != 0)
            throw new Recipes.RecipeException($"batch_size {recipe.BatchSize} cannot be divided among {gpus} GPUs in {recipe.Accumulate} parts: choose a multiple of {gpus * recipe.Accumulate}.");
        recipe = recipe.Validated(data, gpus);
        var steps = recipe.TotalSteps(data.Patches);
        var work = PretrainWork.Of(recipe, data).Sum(stage => stage.Total);
        var hours = steps * work / (gpus * peakTeraflops * 1e12 * share) / 3600;
        var rate = steps * (double)recipe.BatchSize * recipe.DatesPerSample / (hours * 3600);
        var raw = 2.0 * data.Bands.Count * data.PatchSize * data.PatchSize;
        var memory = RunMemory.Of(recipe, data, gpus);
        return new TrainingPlan
        {
            Patches = patches,
            Gpus = gpus,
            PeakTeraflopsPerSecond = peakTeraflops,
            AssumedShare = share,
            Steps = steps,
            Parameters = PretrainWork.Parameters(recipe, data).Trained,
            OperationsPerStep = work,
            Hours = hours,
            PatchesPerSecond = rate,
            ReadMegabytesPerSecond = rate * raw / CodecRatio / 1e6,
            DatasetBytes = patches * raw / CodecRatio,
            CheckpointBytes = KeptCheckpoints(recipe, steps) * memory.Stored,
            GpuMemoryBytes = memory.Network,
            HostMemoryBytes = memory.Loaded,
            CheckpointCopyBytes = memory.Copied,
        };
    }

    private static long KeptCheckpoints(PretrainRecipe recipe, long steps) =>
        Math.Min(recipe.KeepCheckpoints + 1 + (recipe.MilestoneEvery is { } every ? steps / every : 0), Math.Max(1, recipe.CheckpointsDue(steps)) + 1);
}
