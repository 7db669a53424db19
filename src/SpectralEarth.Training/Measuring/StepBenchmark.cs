using System.Diagnostics;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Training.Objectives;
using TorchSharp;

namespace SpectralEarth.Training.Measuring;

/// <summary>Runs a few pretraining steps of a recipe on patches in memory and compares them with the machine's peak.</summary>
public static class StepBenchmark
{
    /// <summary>Runs one step to warm up and then some that are measured.</summary>
    /// <param name="recipe">Recipe; its device, threads, precision, recompute and accumulate count.</param>
    /// <param name="data">Data set whose shape is taken; null takes EnMAP's, or what the recipe names.</param>
    /// <param name="steps">Steps to measure, at least 1.</param>
    /// <exception cref="Recipes.RecipeException">The recipe cannot run.</exception>
    public static StepMeasurement Run(PretrainRecipe recipe, DatasetManifest? data, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        data ??= SyntheticPatches.Manifest(recipe, Math.Max(recipe.BatchSize, 1));
        recipe = recipe.Validated(data);
        Compute.UseThreads(recipe.Threads);
        var device = Compute.Select(recipe.Device);
        var peak = MatrixPeak.Measure(device, recipe.Precision, TimeSpan.FromSeconds(1));
        var (mean, deviation) = InputStatistics.Of(NormalizationSource.Dataset, data);
        using var normalization = new BandNormalization(mean, deviation, device);
        using var pretrainer = new Pretrainer(recipe, PretrainObjectives.Create(recipe, data, data.Patches, normalization, device), data.Patches);
        var part = recipe.BatchSize * recipe.DatesPerSample / recipe.Accumulate;
        var parts = Enumerable.Range(0, recipe.Accumulate).Select(number => SyntheticPatches.Batch(data, part, number * part)).ToList();
        var times = new List<double>();
        for (var step = 0; step <= steps; step++)
        {
            FinalizerGate.Pass();
            var start = Stopwatch.GetTimestamp();
            _ = pretrainer.Train(step, parts);
            MatrixPeak.Wait(device);
            if (step > 0)
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        peak = Math.Max(peak, MatrixPeak.Measure(device, recipe.Precision, TimeSpan.FromSeconds(1)));
        var (work, seconds) = (PretrainWork.Of(recipe, data), times.Order().ElementAt(times.Count / 2));
        var rate = work.Sum(stage => stage.Total) / seconds;
        return new StepMeasurement
        {
            Device = device.ToString(),
            Threads = torch.get_num_threads(),
            Precision = recipe.Precision,
            BatchSize = recipe.BatchSize,
            Parameters = pretrainer.Parameters.Count,
            Work = work,
            PeakGigaflopsPerSecond = peak / 1e9,
            StepSeconds = seconds,
            PatchesPerSecond = recipe.BatchSize * recipe.DatesPerSample / seconds,
            GigaflopsPerSecond = rate / 1e9,
            PeakShare = rate / peak,
            PeakMemoryBytes = Process.GetCurrentProcess().PeakWorkingSet64,
        };
    }
}

/// <summary>What a <see cref="StepBenchmark"/> found.</summary>
public sealed record StepMeasurement
{
    /// <summary>Where the steps ran.</summary>
    public required string Device { get; init; }
    /// <summary>Threads of the tensor library.</summary>
    public required int Threads { get; init; }
    /// <summary>Number type of products.</summary>
    public required Precision Precision { get; init; }
    /// <summary>Samples per step.</summary>
    public required int BatchSize { get; init; }
    /// <summary>Trained parameters.</summary>
    public required long Parameters { get; init; }
    /// <summary>Operations of a step by stage.</summary>
    public required IReadOnlyList<StageWork> Work { get; init; }
    /// <summary>Best matrix product before and after the steps, billions of operations per second.</summary>
    public required double PeakGigaflopsPerSecond { get; init; }
    /// <summary>Median time of a step, seconds.</summary>
    public required double StepSeconds { get; init; }
    /// <summary>Patches per second; a sample of temporal positives is of several.</summary>
    public required double PatchesPerSecond { get; init; }
    /// <summary>Billions of operations per second that the steps reached.</summary>
    public required double GigaflopsPerSecond { get; init; }
    /// <summary>The same as a share of the peak.</summary>
    public required double PeakShare { get; init; }
    /// <summary>Largest resident memory of the process, bytes.</summary>
    public required long PeakMemoryBytes { get; init; }
}
