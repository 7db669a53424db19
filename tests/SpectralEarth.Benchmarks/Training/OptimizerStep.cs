using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Training;

/// <summary>
/// How long does an optimizer step (clear, clip, AdamW) of spec-vit-small with its decoder take on flat buffers, against
/// TorchSharp's own per-tensor functions? Steps are interleaved.
/// </summary>
internal static class OptimizerStep
{
    private const int Rounds = 15;

    internal static void Run()
    {
        var recipe = new OptimizerRecipe();
        using var ours = new MaskedAutoencoder(new MaeConfig(), seed: 1);
        using var theirs = new MaskedAutoencoder(new MaeConfig(), seed: 1);
        using var flat = new FlatParameters(ours.named_parameters(), recipe.Rules());
        using var adam = recipe.CreateFor(flat);
        var trainable = theirs.parameters().Where(parameter => parameter.requires_grad).ToList();
        using var torchs = optim.AdamW(trainable, recipe.LearningRate, recipe.Betas[0], recipe.Betas[1], recipe.Eps, recipe.WeightDecay);
        foreach (var parameter in trainable)
            parameter.grad = randn_like(parameter);
        flat.Gradients.normal_();

        Console.WriteLine($"{flat.Count:N0} parameters in {trainable.Count} tensors, {get_num_threads()} threads, {Environment.ProcessorCount} processors");
        var parts = new (string Name, Action Plain, Action Flat)[]
        {
            ("AdamW", () => torchs.step(), () => adam.Step(1e-4)),
            ("clip", () => nn.utils.clip_grad_norm_(trainable, 1), () => flat.ClipGradients(1)),
            ("clear", () => trainable.ForEach(parameter => parameter.grad!.zero_()), () => flat.ZeroGradients()),
        };
        foreach (var (name, plain, fast) in parts)
            Compare(name, plain, fast);
    }

    private static void Compare(string name, Action plain, Action flat)
    {
        var times = Enumerable.Range(0, Rounds).Select(_ => (Plain: Time(plain), Flat: Time(flat))).Skip(2).ToList();
        var ratios = times.Select(time => time.Plain / time.Flat).Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-6} per tensor {1e3 * times.Min(time => time.Plain),8:F2} ms, flat {1e3 * times.Min(time => time.Flat),8:F2} ms; plain / flat: median {ratios[ratios.Count / 2]:F2}, from {ratios[0]:F2} to {ratios[^1]:F2}"));
    }

    private static double Time(Action action)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
