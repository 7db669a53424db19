using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Tasks;

/// <summary>
/// How much of the network's own speed is left when it maps a scene of real size (1,200 x 1,200 pixels, 202 bands), without test-time
/// augmentation? The baseline is the bare forward pass on normalised batches of the same size that lie in memory already, before and after
/// the map. PREDICT_NETWORK: small (the default; Spec-ViT-S, 128 pixels) or demo (the network of checkpoints/demo, 32 pixels).
/// </summary>
internal static class PredictSpeed
{
    private const int SizePx = 1200, Classes = 8;

    // Name, window, width, depth, heads, decoder's width, windows together, bare batches.
    private static readonly Form Small = new("small", 128, 384, 12, 6, 64, 4, 6), Demo = new("demo", 32, 64, 4, 2, 32, 16, 40);
    private static readonly Form Asked = Environment.GetEnvironmentVariable("PREDICT_NETWORK") == Demo.Name ? Demo : Small;

    public static void Run()
    {
        NativeTuning.TuneAllocator();
        NativeTuning.WaitPassively();
        using var folder = new TemporaryFolder();
        var product = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 1, Dates = 1, SizePx = SizePx, Seed = 1 })[0].Products[0];
        var device = cuda.is_available() ? CUDA : CPU;
        using var model = WriteNetwork(folder.File("network.safetensors")).to(device);
        using var scene = Scene.Open(product);
        GC.Collect();
        var before = BarePerWindow(model, device);
        var windows = CountWindows(scene);
        ForgetPeak();
        var begun = Spent.Now();
        var report = SceneMapper.Map(folder.File("network.safetensors"), device, new MapOptions { TestTimeAugmentation = false, BatchSize = Asked.Batch }, scene, folder.File("map.tif"));
        var map = Spent.Now() - begun;
        var peak = Process.GetCurrentProcess().PeakWorkingSet64;
        var bare = (before + BarePerWindow(model, device)) * (windows / 2.0);
        Console.WriteLine("| network | windows | map (s) | bare forward (s) | share of the bare speed | map, processor (s) | bare forward, processor (s) | share | window pixels/s | map pixels/s | most memory (MB) |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Asked.Name} | {windows} | {map.Clock:F1} | {bare.Clock:F1} | {bare.Clock / map.Clock:P0} | {map.Processor:F1} | {bare.Processor:F1} | {bare.Processor / map.Processor:P0} | {(double)windows * Asked.Window * Asked.Window / map.Clock:F0} | {report.ValidPixels / map.Clock:F0} | {peak / 1e6:F0} |"));
    }

    private static Spent BarePerWindow(SegmentationModel model, Device device)
    {
        model.eval();
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var images = randn([Asked.Batch, model.Config.Encoder.Bands, Asked.Window, Asked.Window], generator: new Generator(3), device: CPU).to(device);
        Forward();
        var begun = Spent.Now();
        for (var batch = 0; batch < Asked.BareBatches; batch++)
            Forward();
        return (Spent.Now() - begun) * (1.0 / (Asked.BareBatches * Asked.Batch));

        void Forward()
        {
            using var one = NewDisposeScope();
            _ = model.forward(images).cpu();
        }
    }

    /// <summary>Windows that hold a valid pixel: those that the network sees.</summary>
    private static int CountWindows(Scene scene)
    {
        int[] bands = [.. SensorCatalog.Load("enmap").DefaultBands];
        var counter = new Counter(bands.Length);
        var blending = new BlendedWindows(counter, scene.Width, scene.Height, new WindowLayout(0.5, Asked.Batch), Scene.NoData,
            (row, rows, pixels, validity) => scene.ReadValidity(new RasterWindow(0, row, scene.Width, rows), bands, validity));
        foreach (var _ in blending.Rows(CancellationToken.None))
        {
        }

        return counter.Windows;
    }

    private static SegmentationModel WriteNetwork(string path)
    {
        var sensor = SensorCatalog.Load("enmap");
        int[] bands = [.. sensor.DefaultBands];
        var config = new SegmentationConfig
        {
            Encoder = new EncoderConfig { Bands = bands.Length, PatchSize = Asked.Window, Width = Asked.Width, Depth = Asked.Depth, Heads = Asked.Heads },
            Classes = Classes,
            DecoderWidth = Asked.DecoderWidth,
        };
        var model = new SegmentationModel(config, seed: 8);
        var description = new ModelDescription
        {
            Architecture = ModelDescription.SegmentationArchitecture,
            Segmentation = config,
            Bands = bands,
            WavelengthsNm = [.. sensor.Bands.Select(bands).Select(band => band.WavelengthNm)],
            Mean = [.. Enumerable.Repeat(1500.0, bands.Length)],
            StandardDeviation = [.. Enumerable.Repeat(1000.0, bands.Length)],
            NoData = Scene.NoData,
            PixelSizeM = 30,
            Classes = [.. Enumerable.Range(1, Classes).Select(code => new LabelClass(code, $"class {code}", $"#{code * 25:x2}8080"))],
            Provenance = new Provenance("benchmark", "none", "none", 0),
        };
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(path, model.state_dict().ToDictionary(item => "model." + item.Key, item => item.Value),
            new Dictionary<string, string> { [ModelDescription.MetadataKey] = description.ToJson() });
        return model;
    }

    /// <summary>The largest resident memory counts from now on; Linux only.</summary>
    private static void ForgetPeak()
    {
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    /// <summary>Seconds of the clock, and of the processor, which other programs on the machine hardly change.</summary>
    private readonly record struct Spent(double Clock, double Processor)
    {
        public static Spent Now() => new(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds);

        public static Spent operator -(Spent left, Spent right) => new(left.Clock - right.Clock, left.Processor - right.Processor);

        public static Spent operator +(Spent left, Spent right) => new(left.Clock + right.Clock, left.Processor + right.Processor);

        public static Spent operator *(Spent left, double factor) => new(left.Clock * factor, left.Processor * factor);
    }

    private sealed record Form(string Name, int Window, int Width, int Depth, int Heads, int DecoderWidth, int Batch, int BareBatches);

    private sealed class Counter(int channels) : IWindowClassifier
    {
        public int Classes => 1;

        public int WindowSize => Asked.Window;

        public int Channels => channels;

        public int Windows { get; private set; }

        public float[] Probabilities(PatchBatch windows)
        {
            Windows += windows.Indices.Length;
            return new float[windows.Indices.Length * Asked.Window * Asked.Window];
        }
    }
}
