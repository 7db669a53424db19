using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Training;

/// <summary>
/// How long do optimizer, clipping, clearing and averaging take for ViT-L's 304 million parameters on flat buffers, against
/// TorchSharp's own functions on each tensor? Rounds are interleaved. Takes 12 GB; OPTIMIZER_SIZE=small measures ViT-S.
/// </summary>
internal static class OptimizerStep
{
    private const int Rounds = 5;

    internal static void Run()
    {
        var size = Enum.Parse<EncoderSize>(Environment.GetEnvironmentVariable("OPTIMIZER_SIZE") ?? nameof(EncoderSize.Large), ignoreCase: true);
        var shape = new EncoderConfig().Sized(size);
        using var ours = Encoder.Create(shape);
        using var theirs = Encoder.Create(shape);
        foreach (var name in Enum.GetValues<OptimizerName>())
            Compare(name, ours, theirs);
    }

    private static void Compare(OptimizerName name, Encoder ours, Encoder theirs)
    {
        var recipe = new OptimizerRecipe { Name = name };
        using var flat = new FlatParameters(ours.named_parameters(), recipe.Rules());
        using var optimizer = recipe.CreateFor(flat);
        var trainable = theirs.parameters().Where(parameter => parameter.requires_grad).ToList();
        foreach (var parameter in trainable)
            parameter.grad = full_like(parameter, 1e-3);
        flat.Gradients.fill_(1e-3);
        Console.WriteLine($"{name}: {flat.Count:N0} parameters in {trainable.Count} tensors, {get_num_threads()} threads, {Environment.ProcessorCount} processors");
        using var plain = Torchs(name, trainable, recipe);
        Compare("step", () => plain?.step(), () => optimizer.Step(1e-4));
        if (name != OptimizerName.Adamw)
            return;

        using var average = new ParameterAverage(flat);
        var averages = trainable.Select(parameter => parameter.clone().detach()).ToList();
        Compare("clip", () => nn.utils.clip_grad_norm_(trainable, 1), () => flat.ClipGradients(1));
        Compare("clear", () => trainable.ForEach(parameter => parameter.grad!.zero_()), flat.ZeroGradients);
        Compare("average", () => Follow(trainable, averages), () => average.Follow(0.99));
        Compare("average, reference", () => FollowAsReference(trainable, averages), () => average.Follow(0.99));
        averages.ForEach(tensor => tensor.Dispose());
    }

    /// <summary>TorchSharp's optimizer; there is none for LARS, whose time is told alone.</summary>
    private static optim.Optimizer? Torchs(OptimizerName name, IEnumerable<Parameter> parameters, OptimizerRecipe recipe) => name switch
    {
        OptimizerName.Adamw => optim.AdamW(parameters, recipe.LearningRate, recipe.Betas[0], recipe.Betas[1], recipe.Eps, recipe.WeightDecay),
        OptimizerName.Sgd => optim.SGD(parameters, recipe.LearningRate, recipe.Momentum, weight_decay: recipe.WeightDecay),
        _ => null,
    };

    private static void Follow(List<Parameter> parameters, List<Tensor> averages)
    {
        using var frozen = no_grad();
        foreach (var (average, parameter) in averages.Zip(parameters))
            average.mul_(0.99).add_(parameter, 0.01);
    }

    /// <summary>As lightly's update_momentum writes it, which SpectralEarth trains with: new tensors take the averages' places.</summary>
    private static void FollowAsReference(List<Parameter> parameters, List<Tensor> averages)
    {
        using var frozen = no_grad();
        for (var place = 0; place < averages.Count; place++)
        {
            using var scope = NewDisposeScope();
            using var old = averages[place];
            averages[place] = ((old * 0.99) + (0.01 * parameters[place])).DetachFromDisposeScope();
        }
    }

    private static void Compare(string name, Action plain, Action flat)
    {
        var times = Enumerable.Range(0, Rounds).Select(_ => (Plain: Time(plain), Flat: Time(flat))).Skip(1).ToList();
        var ratios = times.Select(time => time.Plain / time.Flat).Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-18} per tensor {1e3 * times.Min(time => time.Plain),8:F1} ms, flat {1e3 * times.Min(time => time.Flat),8:F1} ms; plain / flat: median {ratios[ratios.Count / 2]:F2}, from {ratios[0]:F2} to {ratios[^1]:F2}"));
    }

    private static double Time(Action action)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
