using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Distribution;
using SpectralEarth.Models;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Distributed;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Training;

/// <summary>
/// How much faster do two ranks of one thread each train spec-vit-small than one rank of one thread? Each rank has four
/// patches of 128 pixels per step; one and two ranks take turns. Needs mpirun and two free cores.
/// </summary>
internal static class RankThroughput
{
    private const int Rounds = 5, Steps = 6, PatchesPerRank = 4, PatchSize = 128;

    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null)
        {
            Train();
            return;
        }

        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var (one, two) = (PatchesPerSecond(1), PatchesPerSecond(2));
            ratios.Add(two / one);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"one rank {one:F2} patches/s, two ranks {two:F2}: {two / one / 2:P0} of doubled"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median {ratios.Order().ElementAt(Rounds / 2) / 2:P0} of doubled"));
    }

    private static double PatchesPerSecond(int ranks)
    {
        using var job = Mpirun.Start(ranks, ["--bind-to", "core", "-x", $"{ProgramEnvironment.AllocatorVariable}={ProgramEnvironment.Allocator}"], ["dotnet", "exec", typeof(RankThroughput).Assembly.Location, nameof(RankThroughput)]);
        var messages = job.StandardError.ReadToEndAsync();
        var output = job.StandardOutput.ReadToEnd();
        job.WaitForExit();
        return job.ExitCode == 0
            ? double.Parse(output.Trim(), CultureInfo.InvariantCulture)
            : throw new InvalidOperationException(messages.Result);
    }

    /// <summary>One rank of the job: rank 0 prints the patches per second of all.</summary>
    private static void Train()
    {
        NativeTuning.TuneAllocator();
        NativeTuning.WaitPassively();
        set_num_threads(1);
        using var ranks = Ranks.Join();
        var config = new MaeConfig { Encoder = new EncoderConfig { PatchSize = PatchSize } };
        using var network = new MaskedAutoencoder(config, seed: 1);
        network.train();
        var recipe = new PretrainRecipe();
        using var training = new TrainingStep(network, recipe.Optimizer.Rules(), recipe, patches: 1000, RankBatch.Of(ranks, CPU));
        using var random = new Generator(1);
        using var images = randn([PatchesPerRank, config.Encoder.Bands, PatchSize, PatchSize]);
        using var mask = network.DrawMask(PatchesPerRank, random);
        using var batch = new PatchBatch { Indices = new int[PatchesPerRank], Pixels = [], Validity = [], Labels = null };
        Stopwatch clock = new();
        for (var step = 0; step <= Steps; step++)
        {
            if (step == 1)
            {
                ranks.Barrier();
                clock.Restart();
            }

            _ = training.Run(step, [batch], _ => network.Loss(images, mask));
        }

        ranks.Barrier();
        if (ranks.Rank == 0)
            Console.WriteLine((PatchesPerRank * ranks.Size * Steps / clock.Elapsed.TotalSeconds).ToString(CultureInfo.InvariantCulture));
    }
}
