using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Tasks;

/// <summary>
/// How much of the network's own speed is left when it maps a scene of real size (1,200 x 1,200 pixels, 202 bands), without test-time
/// augmentation? The baseline is the bare forward pass on normalised batches of the same size that lie in memory already.
/// </summary>
internal static class PredictSpeed
{
    private const int SizePx = 1200, Window = 128, Classes = 8, BatchSize = 4, BareBatches = 8;

    public static void Run()
    {
        using var folder = new TemporaryFolder();
        var product = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 1, Dates = 1, SizePx = SizePx, Seed = 1 })[0].Products[0];
        var device = cuda.is_available() ? CUDA : CPU;
        using var model = WriteNetwork(folder.File("network.safetensors")).to(device);
        using var network = TrainedSegmentation.Open(folder.File("network.safetensors"), device);
        using var scene = Scene.Open(product);
        GC.Collect();
        var before = BareSecondsPerWindow(model, device);
        var windows = CountWindows(network, scene);
        var begun = Stopwatch.GetTimestamp();
        var report = new SceneMapper(network, new MapOptions { TestTimeAugmentation = false, BatchSize = BatchSize }).Map(scene, folder.File("map.tif"));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var after = BareSecondsPerWindow(model, device);
        var bare = windows * (before + after) / 2;
        Console.WriteLine("| windows | map (s) | bare forward (s) | share of the bare speed | window pixels/s | map pixels/s | most memory (MB) |\n|---:|---:|---:|---:|---:|---:|---:|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {windows} | {seconds:F1} | {bare:F1} | {bare / seconds:P0} | {(double)windows * Window * Window / seconds:F0} | {report.ValidPixels / seconds:F0} | {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} |"));
    }

    private static double BareSecondsPerWindow(SegmentationModel model, Device device)
    {
        model.eval();
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var images = randn([BatchSize, model.Config.Encoder.Bands, Window, Window], generator: new Generator(3), device: CPU).to(device);
        Forward();
        var begun = Stopwatch.GetTimestamp();
        for (var batch = 0; batch < BareBatches; batch++)
            Forward();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds / (BareBatches * BatchSize);

        void Forward()
        {
            using var one = NewDisposeScope();
            _ = model.forward(images).cpu();
        }
    }

    /// <summary>Windows that hold a valid pixel: those that the network sees.</summary>
    private static int CountWindows(TrainedSegmentation network, Scene scene)
    {
        var bands = network.Description.Bands;
        var counter = new Counter(network.Description.Encoder.Bands);
        var blending = new BlendedWindows(counter, scene.Width, scene.Height, new WindowLayout(0.5, BatchSize), Scene.NoData,
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
            Encoder = new EncoderConfig { Bands = bands.Length, PatchSize = Window, Width = 384, Depth = 12, Heads = 6 },
            Classes = Classes,
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
            Classes = [.. Enumerable.Range(1, Classes).Select(code => new ModelClass(code, $"class {code}", $"#{code * 25:x2}8080"))],
            Provenance = new Provenance("benchmark", "none", "none", 0),
        };
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(path, model.state_dict().ToDictionary(item => "model." + item.Key, item => item.Value),
            new Dictionary<string, string> { [ModelDescription.MetadataKey] = description.ToJson() });
        return model;
    }

    private sealed class Counter(int channels) : IWindowClassifier
    {
        public int Classes => 1;

        public int WindowSize => Window;

        public int Channels => channels;

        public int Windows { get; private set; }

        public float[] Probabilities(PatchBatch windows)
        {
            Windows += windows.Indices.Length;
            return new float[windows.Indices.Length * Window * Window];
        }
    }
}
