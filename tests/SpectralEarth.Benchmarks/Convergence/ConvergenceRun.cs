using SpectralEarth.Models;
using SpectralEarth.Training;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Convergence;

/// <summary>Trains one small masked autoencoder and judges it on other ground as it goes.</summary>
internal static class ConvergenceRun
{
    /// <summary>Optimizer steps.</summary>
    internal const int Steps = 300;

    private const int Batch = 16, JudgeEvery = 25;
    private const double PeakRate = 1e-3;

    /// <summary>Trains; losses are of all hidden tokens in evaluation mode, under masks that are the same for every run.</summary>
    /// <returns>Network, which the caller disposes, and the loss after some of the steps.</returns>
    internal static (MaskedAutoencoder Network, IReadOnlyList<(int Step, double Loss)> Curve) Train(ConvergenceData data, MaeConfig config, long seed)
    {
        var recipe = new OptimizerRecipe { LearningRate = PeakRate };
        var network = new MaskedAutoencoder(config, seed);
        using var flat = new FlatParameters(network.named_parameters(), recipe.Rules());
        using var adam = recipe.CreateFor(flat);
        using var random = new Generator((ulong)seed);
        var curve = new List<(int, double)>();
        for (var step = 0; step <= Steps; step++)
        {
            FinalizerGate.Pass();
            if (step % JudgeEvery == 0)
                curve.Add((step, Judge(network, data.Test)));
            if (step == Steps)
                break;
            network.train();
            Step(network, data.Train, flat, random);
            adam.Step(Rate(step));
        }

        return (network, curve);
    }

    private static void Step(MaskedAutoencoder network, Patches patches, FlatParameters flat, Generator random)
    {
        using var scope = NewDisposeScope();
        var chosen = randint(patches.Count, [Batch], int64, generator: random);
        using var mask = network.DrawMask(Batch, random);
        flat.ZeroGradients();
        network.Loss(patches.Images.index_select(0, chosen), mask, patches.Validity.index_select(0, chosen)).backward();
        flat.ClipGradients(1);
    }

    /// <summary>Linear warm-up over a tenth, then half a cosine.</summary>
    private static double Rate(int step) => step < Steps / 10
        ? PeakRate * (step + 1) / (Steps / 10)
        : PeakRate / 2 * (1 + Math.Cos(Math.PI * (step - (Steps / 10)) / (Steps - (Steps / 10))));

    private static double Judge(MaskedAutoencoder network, Patches patches)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var random = new Generator(99);
        using var mask = RandomMasking.Draw(patches.Count, network.Config.Encoder.Tokens, network.Config.MaskRatio, random);
        network.eval();
        return network.Loss(patches.Images, mask, patches.Validity).item<float>();
    }
}
