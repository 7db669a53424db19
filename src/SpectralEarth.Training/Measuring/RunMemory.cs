using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Training.Measuring;

/// <summary>Memory that one of the processes of a pretraining run takes, from its recipe (docs/bench.md), bytes.</summary>
/// <param name="Stored">What a checkpoint holds.</param>
/// <param name="Network">Parameters, gradients, the optimizer's buffers or this process's share of them, and what the backward pass needs.</param>
/// <param name="Loaded">Patches of a step and batches read ahead.</param>
/// <param name="Copied">What the first process takes besides: the copy that a checkpoint is written from.</param>
internal sealed record RunMemory(double Stored, double Network, double Loaded, double Copied)
{
    /// <summary>Batches that the loader reads ahead, and one that it fills.</summary>
    private const int ReadAhead = 5;

    /// <summary>Estimates the memory of a run.</summary>
    /// <param name="recipe">Validated recipe.</param>
    /// <param name="data">Data set.</param>
    /// <param name="ranks">Processes; divide a part of the batch.</param>
    public static RunMemory Of(PretrainRecipe recipe, DatasetManifest data, int ranks)
    {
        var (trained, following) = PretrainWork.Parameters(recipe, data);
        var buffers = recipe.Optimizer.Name == OptimizerName.Adamw ? 2 : 1;
        var part = recipe.BatchSize / ranks / recipe.Accumulate;
        var patch = 2.0 * data.Bands.Count * data.PatchSize * data.PatchSize;
        var remembered = 4.0 * (following + (recipe.MocoV2 is { } moco ? (long)moco.QueueLength * moco.OutputWidth : 0));
        var stored = (4.0 * trained * (1 + buffers)) + remembered;
        var isShared = recipe.Optimizer.Sharded && ranks > 1;
        var network = (4.0 * trained * (2 + ((double)buffers / (isShared ? ranks : 1)))) + remembered + (recipe.Precision == Precision.Bfloat16 ? 2.0 * (trained + following) : 0)
            + (part * PretrainWork.BytesOfSample(recipe, data));
        var loaded = (double)(recipe.Accumulate + ReadAhead) * part * recipe.DatesPerSample * patch;
        return new RunMemory(stored, network, loaded, stored + (isShared ? 4.0 * trained * buffers : 0));
    }

    /// <summary>What to tell the user of a run on processors that have too little memory; null where it is enough.</summary>
    /// <param name="recipe">Validated recipe.</param>
    /// <param name="data">Data set.</param>
    /// <param name="ranks">Processes that train together.</param>
    /// <param name="localRanks">Those on this machine.</param>
    /// <param name="available">Memory of this machine, or what its processes may take of it, bytes.</param>
    public static string? Shortage(PretrainRecipe recipe, DatasetManifest data, int ranks, int localRanks, long available)
    {
        if (OnProcessor(recipe) <= available)
            return null;
        var accumulate = recipe.LeastAccumulate(ranks, part => OnProcessor(recipe with { Accumulate = recipe.BatchSize / ranks / part }) <= available) is { } least
            ? $"Raise accumulate to {least} ({recipe.EffectOfAccumulate}), "
            : "Raising accumulate is not enough: ";
        return string.Create(CultureInfo.InvariantCulture,
            $"This run will take about {OnProcessor(recipe) / 1e9:0.0} GB of memory, but there are {available / 1e9:0.0} GB; the system may end it without a message. {accumulate}{MemoryShortage.OtherKeys}");

        double OnProcessor(PretrainRecipe candidate)
        {
            var memory = Of(candidate, data, ranks);
            return (localRanks * (memory.Network + memory.Loaded)) + memory.Copied;
        }
    }
}
