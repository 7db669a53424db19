using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Spectra;
using SpectralEarth.Training;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Models;

/// <summary>
/// How long does a whole pretraining step take, and how much memory, against the reference's computation written plainly?
/// Each form runs in a process of its own (allocator and peak memory belong to a process); steps take turns.
/// STEP_BATCH, STEP_ROUNDS and STEP_THREADS change the size of the comparison.
/// </summary>
internal static class MaskedAutoencoderStep
{
    private const string FormVariable = "STEP_FORM";

    private static readonly string[] Forms = ["reference", "self", "cross", "cross-quarter", "full-adapter-cross"];

    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(FormVariable) is { } form)
            Serve(form);
        else
            Compare();
    }

    private static void Compare()
    {
        var (batch, rounds) = (Number("STEP_BATCH", 8), Number("STEP_ROUNDS", 5));
        Console.WriteLine($"spec-vit-small, 202 bands, 128 px, token 4, mask 0.9, decoder 512 x 1, batch {batch}, {Number("STEP_THREADS", Environment.ProcessorCount)} threads");
        var workers = Forms.Select(form => new StepWorker(FormVariable, form, isOurs: form != Forms[0])).ToArray();
        var (times, processor) = (Forms.ToDictionary(form => form, _ => new List<double>()), Forms.ToDictionary(form => form, _ => new List<double>()));
        var (matmul, dense) = (0.0, 0.0);
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var worker in workers)
            {
                var seconds = worker.Ask("step");
                if (round == 0)                         // the first step warms up
                    continue;
                times[worker.Form].Add(seconds);
                processor[worker.Form].Add(worker.Ask("processor"));
            }

            matmul = Math.Max(matmul, workers[1].Ask("matmul"));
            dense = Math.Max(dense, workers[1].Ask("dense"));
        }

        Console.WriteLine(Text($"peak in the process of \"{Forms[1]}\": libtorch's matmul {matmul:F0} GFLOP/s, our linear layer {dense:F0} GFLOP/s"));
        foreach (var worker in workers)
        {
            var best = times[worker.Form].Min();
            var ratios = times[Forms[0]].Zip(times[worker.Form], (plain, ours) => plain / ours).Order().ToArray();
            var work = NetworkWork.OfMae(Config(worker.Form), batch, recompute: false).Sum(stage => stage.Total) / 1e9;
            Console.WriteLine(Text($"{worker.Form,-20} best {best,7:F3} s ({processor[worker.Form].Min():F3} s of processors), {batch / best,6:F2} patches/s; reference / this: median {(ratios[(rounds - 1) / 2] + ratios[rounds / 2]) / 2,5:F2} ({ratios[0]:F2} to {ratios[^1]:F2}); ") +
                Text($"{work:F0} GFLOP, {work / best:F0} GFLOP/s = {100 * work / best / matmul:F0} % of the matmul peak, {100 * work / best / dense:F0} % of the linear layer's; peak memory {worker.Ask("memory"):F0} MB"));
            worker.Dispose();
        }
    }

    /// <summary>Answers on standard output what is asked on standard input, until it ends.</summary>
    private static void Serve(string form)
    {
        set_num_threads(Number("STEP_THREADS", Environment.ProcessorCount));
        if (form != Forms[0])
            NativeTuning.TuneAllocator();
        var (step, spent) = (Step(form), TimeSpan.Zero);
        while (Console.ReadLine() is { } question)
        {
            var answer = question switch
            {
                "step" => Seconds(step, out spent),
                "processor" => spent.TotalSeconds,
                "matmul" => MachinePeak.MatmulPeak(),
                "dense" => MachinePeak.DensePeak(),
                _ => PeakMemory(),
            };
            Console.WriteLine(answer.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    private static MaeConfig Config(string form)
    {
        var sensor = SensorCatalog.Load("enmap");
        var full = new EncoderConfig { Adapter = AdapterForm.Full }.ForBands(sensor.Bands.Select(sensor.DefaultBands).WavelengthsNm);
        return form switch
        {
            "cross" => new MaeConfig { DecoderForm = DecoderForm.Cross, PredictedShare = 0.5 },
            "cross-quarter" => new MaeConfig { DecoderForm = DecoderForm.Cross, PredictedShare = 0.25 },
            "full-adapter-cross" => new MaeConfig { Encoder = full, DecoderForm = DecoderForm.Cross, PredictedShare = 0.5 },
            "reference" => new MaeConfig { AdapterInput = AdapterInput.All },
            _ => new MaeConfig(),
        };
    }

    /// <summary>Clear gradients, loss, backward, clip, AdamW. Network and input live as long as the process.</summary>
    private static Action Step(string form)
    {
        var (config, batch, random) = (Config(form), Number("STEP_BATCH", 8), new Generator(7));
        var images = randn(batch, 202, 128, 128, generator: random);
        if (form == Forms[0])
        {
            var plain = new PlainMaskedAutoencoder(config);
            var parameters = plain.parameters().Where(parameter => parameter.requires_grad).ToArray();
            var torchs = optim.AdamW(parameters, 1e-4);
            return () =>
            {
                using var scope = NewDisposeScope();
                using var mask = RandomMasking.Draw(batch, config.Encoder.Tokens, config.MaskRatio, random);
                torchs.zero_grad();
                plain.Loss(images, mask).backward();
                torchs.step();
            };
        }

        var recipe = new OptimizerRecipe();
        var model = new MaskedAutoencoder(config, seed: 1);
        var flat = new FlatParameters(model.named_parameters(), recipe.Rules());
        var adam = recipe.CreateFor(flat);
        return () =>
        {
            using var scope = NewDisposeScope();
            using var mask = model.DrawMask(batch, random);
            flat.ZeroGradients();
            model.Loss(images, mask).backward();
            flat.ClipGradients(1);
            adam.Step(1e-4);
        };
    }

    private static double Seconds(Action action, out TimeSpan processor)
    {
        var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        action();
        processor = Environment.CpuUsage.TotalTime - before;
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Largest resident memory so far, MB.</summary>
    private static double PeakMemory()
    {
        var line = File.ReadLines("/proc/self/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(6, line.Length - 8), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024;
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
