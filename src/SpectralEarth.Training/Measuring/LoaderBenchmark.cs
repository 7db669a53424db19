using System.Diagnostics;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Training.Measuring;

/// <summary>How fast a data set can be read in the order of a recipe.</summary>
public static class LoaderBenchmark
{
    /// <summary>Reads batches for a stretch of time.</summary>
    /// <param name="recipe">Validated recipe; its batch size, order and loader threads count.</param>
    /// <param name="dataset">Data set.</param>
    /// <param name="time">How long.</param>
    /// <exception cref="DatasetException">A patch cannot be read.</exception>
    public static LoaderMeasurement Run(PretrainRecipe recipe, Dataset dataset, TimeSpan time)
    {
        var samples = recipe.SamplesOf(dataset.Catalog);
        var order = new SampleOrder(samples, recipe.BatchSize, recipe.Seed, recipe.ShuffleWindow);
        using var loader = new PatchLoader(dataset, order.Batches(0), recipe.LoaderThreads, patchesPerSample: samples.PatchesPerSample);
        var (patches, bytes, start) = (0L, 0L, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            using var batch = loader.Next() ?? throw new InvalidOperationException("The endless order of samples ended.");
            patches += batch.Indices.Length;
            bytes += (long)batch.Pixels.Length * sizeof(short);
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new LoaderMeasurement(patches / seconds, bytes / seconds / 1e6, recipe.LoaderThreads);
    }
}

/// <summary>What a <see cref="LoaderBenchmark"/> found.</summary>
/// <param name="PatchesPerSecond">Patches per second.</param>
/// <param name="MegabytesPerSecond">Decoded pixels, megabytes per second.</param>
/// <param name="Threads">Threads that read.</param>
public sealed record LoaderMeasurement(double PatchesPerSecond, double MegabytesPerSecond, int Threads);
