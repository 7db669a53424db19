using System.Globalization;
using System.Text;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Convergence;

/// <summary>
/// Does any mode of the masked autoencoder that is faster than the reference, or goes beyond it, end worse at equal steps? Small
/// networks on invented and real ground, six seeds, one thread. Writes all curves and a chart per data set into the folder named
/// by OUT (default: docs). CONVERGENCE_DATA=synthetic or potsdam measures one data set only.
/// </summary>
internal static class MaskedAutoencoderConvergence
{
    private static readonly int[] Seeds = [1, 2, 3, 4, 5, 6];

    internal static void Run()
    {
        set_num_threads(1);
        var folder = Environment.GetEnvironmentVariable("OUT") ?? "docs";
        Func<ConvergenceData>[] all = Environment.GetEnvironmentVariable("CONVERGENCE_DATA") switch
        {
            null => [ConvergenceData.Synthetic, ConvergenceData.Potsdam],
            "synthetic" => [ConvergenceData.Synthetic],
            "potsdam" => [ConvergenceData.Potsdam],
            var other => throw new ArgumentException($"CONVERGENCE_DATA is {other}; expected synthetic or potsdam."),
        };
        foreach (var make in all)
        {
            var data = make();
            var rows = new StringBuilder("mode,seed,step,loss\n");
            Console.WriteLine($"\n{data.Name}: {data.Train.Count} patches to train on, {data.Test.Count} to judge by, {ConvergenceRun.Steps} steps\n");
            Console.WriteLine("| mode | loss at the end | of the seeds | k-NN | linear probe |\n|---|---:|---|---:|---:|");
            var series = Modes(data).Select(mode => Mode(data, mode.Name, mode.Config, rows)).ToArray();
            var target = Path.Combine(folder, $"masking-convergence-{data.Name.ToLowerInvariant()}");
            File.WriteAllText($"{target}.csv", rows.ToString());
            File.WriteAllBytes($"{target}.png",
                Charts.Lines($"Loss on other ground, {data.Name}, mean of {Seeds.Length} seeds", "step", "loss", series));
        }
    }

    private static (string Name, MaeConfig Config)[] Modes(ConvergenceData data)
    {
        var reference = new MaeConfig
        {
            Encoder = new EncoderConfig { Bands = data.WavelengthsNm.Count, PatchSize = ConvergenceData.PatchSize, TokenSize = 2, Width = 64, Depth = 3, Heads = 4 },
            DecoderWidth = 64,
            DecoderHeads = 4,
            MaskRatio = 0.75,
            AdapterInput = AdapterInput.All,
        };
        var visible = reference with { AdapterInput = AdapterInput.Visible };
        var full = visible with { Encoder = (visible.Encoder with { Adapter = AdapterForm.Full }).ForBands(data.WavelengthsNm) };
        return
        [
            ("reference", reference),
            ("adapter on visible tokens", visible),
            ("cross decoder, half predicted", visible with { DecoderForm = DecoderForm.Cross, PredictedShare = 0.5 }),
            ("full adapter", full),
            ("full adapter, cross decoder", full with { DecoderForm = DecoderForm.Cross, PredictedShare = 0.5 }),
            ("spectral masking 0.25", visible with { SpectralMaskRatio = 0.25 }),
        ];
    }

    private static ChartSeries Mode(ConvergenceData data, string name, MaeConfig config, StringBuilder rows)
    {
        var curves = new List<IReadOnlyList<(int Step, double Loss)>>();
        var scores = new List<FeatureScores>();
        foreach (var seed in Seeds)
        {
            var (network, curve) = ConvergenceRun.Train(data, config, seed);
            using (network)
                scores.Add(FeatureScores.Of(network, data));
            curves.Add(curve);
            foreach (var (step, loss) in curve)
                rows.Append(CultureInfo.InvariantCulture, $"{name},{seed},{step},{loss:F5}\n");
        }

        var ends = curves.Select(curve => curve[^1].Loss).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {ends.Average():F4} | {string.Join(", ", ends.Select(end => end.ToString("F4", CultureInfo.InvariantCulture)))} | ") +
            $"{Spread(scores.Select(score => score.Neighbours))} | {Spread(scores.Select(score => score.Linear))} |");
        return new ChartSeries(name, [.. curves[0].Select(point => (double)point.Step)],
            [.. Enumerable.Range(0, curves[0].Count).Select(i => curves.Average(curve => curve[i].Loss))]);
    }

    private static string Spread(IEnumerable<double> values)
    {
        var all = values.ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{all.Average():F3} ({all.Min():F3} to {all.Max():F3})");
    }
}
