using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Models;

/// <summary>
/// How much time and memory does a pretraining step (forward and backward) take with the adapter on visible tokens,
/// against the same step with the adapter on all pixels by libtorch's layers? Steps are interleaved.
/// </summary>
internal static class MaskedAutoencoderStep
{
    private const int Batch = 4;
    private const int Rounds = 5;

    internal static void Run()
    {
        using var model = new MaskedAutoencoder(new MaeConfig(), seed: 1);
        using var random = new Generator(7);
        using var scope = NewDisposeScope();
        var images = randn(Batch, 202, 128, 128, generator: random);
        var forms = new (string Name, Func<TokenMask, Tensor> Loss)[]
        {
            ("adapter on visible tokens", mask => model.Loss(images, mask)),
            ("adapter on all pixels, plain", mask => PlainLoss(model, images, mask)),
        };
        Console.WriteLine($"spec-vit-small, 202 bands, 128 px, batch {Batch}, mask 0.9, {get_num_threads()} threads, {Environment.ProcessorCount} processors");
        foreach (var (name, loss) in forms)
            Console.WriteLine(Invariant($"{name,-30} peak memory {PeakOf(() => Step(model, random, loss)),6:F0} MB"));

        var times = forms.Select(_ => new List<(double Wall, double Processor)>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var form = 0; form < forms.Length; form++)
                times[form].Add(Step(model, random, forms[form].Loss));
        }

        for (var form = 0; form < forms.Length; form++)
        {
            var (wall, processor) = (times[form].Min(time => time.Wall), times[form].Min(time => time.Processor));
            Console.WriteLine(Invariant($"{forms[form].Name,-30} {wall,7:F3} s wall, {processor,7:F3} s processor, {Batch / wall,6:F2} patches/s"));
        }

        var ratios = times[1].Zip(times[0], (plain, ours) => plain.Wall / ours.Wall).Order().ToArray();
        Console.WriteLine(Invariant($"plain / ours: median {ratios[Rounds / 2]:F2}, from {ratios[0]:F2} to {ratios[^1]:F2}"));
    }

    private static (double Wall, double Processor) Step(MaskedAutoencoder model, Generator random, Func<TokenMask, Tensor> lossOf)
    {
        using var scope = NewDisposeScope();
        using var mask = model.DrawMask(Batch, random);
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        foreach (var parameter in model.parameters())
            parameter.grad?.zero_();
        lossOf(mask).backward();
        return (watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static Tensor PlainLoss(MaskedAutoencoder model, Tensor images, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        var (encoder, core) = (model.Encoder, model.Encoder.Core);
        var pixels = TokenPixels.Split(images, encoder.Config.TokenSize);                        // [B, N, P * P, C]
        var features = encoder.Adapter.ForwardPlain(pixels.reshape(-1, encoder.Config.Bands));
        var tokens = TokenPixels.Gather(core.Project(features.reshape(Batch, encoder.Config.Tokens, -1)), mask.Kept);
        var encoded = core.Normalize(core.Blocks(core.AddPositions(tokens, mask.Kept)));
        var target = TokenPixels.Gather(pixels, mask.Hidden).flatten(2);
        var (variance, mean) = var_mean(target, -1, unbiased: true, keepdim: true);
        return nn.functional.mse_loss(model.Decoder.forward(encoded, mask), (target - mean) / (variance + 1e-6).sqrt())
            .MoveToOuterDisposeScope();
    }

    /// <summary>Peak resident memory while <paramref name="work"/> runs, MB; smallest work first, as memory is not given back.</summary>
    private static double PeakOf(Action work)
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        work();
        var line = File.ReadLines("/proc/self/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(6, line.Length - 8), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
