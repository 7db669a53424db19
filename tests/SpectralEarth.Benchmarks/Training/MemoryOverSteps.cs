using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Training;
using SpectralEarth.Training.Measuring;
using SpectralEarth.Training.Objectives;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Training;

/// <summary>Does memory, or the number of live tensors or open handles, grow over 10,000 steps of a tiny network? MEMORY_STEPS changes their number.</summary>
internal static class MemoryOverSteps
{
    internal static void Run()
    {
        var steps = int.Parse(Environment.GetEnvironmentVariable("MEMORY_STEPS") ?? "10000", CultureInfo.InvariantCulture);
        set_num_threads(1);
        var recipe = new PretrainRecipe
        {
            Encoder = new EncoderRecipe { Width = 16, Depth = 1, Heads = 2, TokenSize = 2 },
            Mae = new MaeRecipe { Decoder = new DecoderRecipe { Width = 16, Heads = 2 }, MaskRatio = 0.5 },
            Bands = 76,
            CropSize = 8,
            BatchSize = 2,
            Steps = steps,
            Recompute = true,
        };
        var data = SyntheticPatches.Manifest(recipe, patches: 100);
        recipe = recipe.Validated(data);
        var (mean, deviation) = InputStatistics.Of(NormalizationSource.Dataset, data);
        using var normalization = new BandNormalization(mean, deviation);
        using var pretrainer = new Pretrainer(recipe, PretrainObjectives.Create(recipe, data, 100, normalization, CPU), 100);
        using var batch = SyntheticPatches.Batch(data, recipe.BatchSize, firstSample: 0);
        for (var step = 0; step < steps; step++)
        {
            FinalizerGate.Pass();
            if (step % (steps / 10) == 0 || step == steps - 1)
                Report(step);
            _ = pretrainer.Train(step, [batch]);
        }
    }

    private static void Report(int step)
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"step {step,6}: {Tensor.TotalCount} tensors, {process.WorkingSet64 / 1e6:F1} MB resident, {process.HandleCount} handles"));
    }
}
