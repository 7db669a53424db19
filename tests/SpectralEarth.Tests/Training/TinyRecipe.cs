using Serilog;
using SpectralEarth.Training;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Training;

/// <summary>The smallest network that still has every part.</summary>
internal static class TinyRecipe
{
    public static PretrainRecipe Recipe { get; } = new()
    {
        Encoder = new EncoderRecipe { Width = 16, Depth = 1, Heads = 2, TokenSize = 2 },
        Mae = new MaeRecipe { Decoder = new DecoderRecipe { Width = 16, Depth = 1, Heads = 2 }, MaskRatio = 0.5 },
        BatchSize = 4,
        Steps = 7,
        Optimizer = new OptimizerRecipe { LearningRate = 3e-3 },
        Schedule = new ScheduleRecipe { WarmupSteps = 2 },
        CheckpointEvery = 2,
        Threads = 1,
        LoaderThreads = 1,
        Device = ComputeDevice.Cpu,
    };

    public static RunOrigin Origin { get; } = new("0.1.0-test", "spectralearth pretrain", "tiny.yaml");

    public static PretrainRun Open(string run, string data, PretrainRecipe? recipe = null, ILogger? log = null) =>
        PretrainRun.OpenOrResume(run, data, recipe ?? Recipe, Origin, log ?? Serilog.Core.Logger.None);
}
