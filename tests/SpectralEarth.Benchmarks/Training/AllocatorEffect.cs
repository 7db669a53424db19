using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Training;

/// <summary>
/// How much does <see cref="NativeTuning.TuneAllocator"/> bring for a pretraining step of spec-vit-small (forward and
/// backward, batch 4)? The options cannot be taken back, so the rounds before come first. The step runs on a thread of
/// the pool, as in the program.
/// </summary>
internal static class AllocatorEffect
{
    private const int Batch = 4, Rounds = 6;

    internal static void Run() => Task.Run(Measure).Wait();

    private static void Measure()
    {
        using var model = new MaskedAutoencoder(new MaeConfig(), seed: 1);
        using var random = new Generator(7);
        using var scope = NewDisposeScope();
        var images = randn(Batch, 202, 128, 128, generator: random);
        Console.WriteLine($"spec-vit-small, 202 bands, 128 px, batch {Batch}, mask 0.9, {get_num_threads()} threads");
        Report("default", model, images, random);
        NativeTuning.TuneAllocator();
        Report("tuned", model, images, random);
    }

    private static void Report(string name, MaskedAutoencoder model, Tensor images, Generator random)
    {
        var times = Enumerable.Range(0, Rounds).Select(_ => Step(model, images, random)).Skip(1).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-8} best {times.Min(time => time.Wall):F3} s wall; {times.Min(time => time.Kernel):F3} s in the kernel, {times.Min(time => time.User):F3} s outside; {Environment.WorkingSet >> 20} MB resident"));
    }

    private static (double Wall, double User, double Kernel) Step(MaskedAutoencoder model, Tensor images, Generator random)
    {
        using var scope = NewDisposeScope();
        using var mask = model.DrawMask(Batch, random);
        var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage);
        foreach (var parameter in model.parameters())
            parameter.grad?.zero_();
        model.Loss(images, mask).backward();
        var after = Environment.CpuUsage;
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (after.UserTime - before.UserTime).TotalSeconds, (after.PrivilegedTime - before.PrivilegedTime).TotalSeconds);
    }
}
