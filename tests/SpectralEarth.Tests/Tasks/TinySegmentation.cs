using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Spectra;
using TorchSharp;

namespace SpectralEarth.Tests.Tasks;

/// <summary>Writes a very small segmentation network for EnMAP's usual bands and the classes of <see cref="LabelledDataset"/>.</summary>
internal static class TinySegmentation
{
    /// <param name="path">File to write.</param>
    /// <param name="windowSize">Side of its windows, pixels.</param>
    /// <param name="shiftNm">How far a band (by number) lies from where EnMAP has it, nm.</param>
    /// <param name="smooth">Whether it classifies by brightness.</param>
    /// <param name="adapter">Form of the spectral adapter.</param>
    /// <param name="decoder">Kind of the decoder.</param>
    /// <param name="diverged">Whether its weights are no numbers.</param>
    public static string Write(string path, int windowSize, Func<int, double>? shiftNm = null, bool smooth = false,
        AdapterForm adapter = AdapterForm.Reference, SegmentationDecoder decoder = SegmentationDecoder.Fusion, bool diverged = false)
    {
        var sensor = SensorCatalog.Load("EnMAP");
        int[] bands = [.. sensor.DefaultBands];
        double[] wavelengths = [.. sensor.Bands.Select(bands).Select(band => band.WavelengthNm + (shiftNm?.Invoke(band.Number) ?? 0))];
        var encoder = new EncoderConfig { Bands = bands.Length, PatchSize = windowSize, TokenSize = 4, Width = 16, Depth = 1, Heads = 2, Adapter = adapter };
        var config = new SegmentationConfig
        {
            Encoder = encoder.ForBands(wavelengths),
            Classes = LabelledDataset.Classes.Length,
            Decoder = decoder,
            DecoderWidth = 8,
        };
        using var network = new SegmentationModel(config, seed: 8);
        if (smooth)
            ClassifyByBrightness(network, bands.Length);
        if (diverged)
            Diverge(network);
        TinyEncoder.Write(path, network, new ModelDescription
        {
            Architecture = ModelDescription.SegmentationArchitecture,
            Segmentation = config,
            Bands = bands,
            WavelengthsNm = wavelengths,
            Mean = [.. Enumerable.Repeat(1500.0, bands.Length)],
            StandardDeviation = [.. Enumerable.Repeat(1000.0, bands.Length)],
            NoData = short.MinValue,
            PixelSizeM = 30,
            Classes = LabelledDataset.Classes,
            Provenance = new Provenance("test", "tiny.yaml", "none", 0),
        });
        return path;
    }

    private static void Diverge(SegmentationModel network)
    {
        using var unchanged = torch.no_grad();
        foreach (var parameter in network.parameters())
            parameter.fill_(float.NaN);
    }

    /// <summary>Classes by the mean of all bands around a pixel: what a network does that looks at spectra more than at places in the window.</summary>
    private static void ClassifyByBrightness(SegmentationModel network, int bands)
    {
        using var scope = torch.NewDisposeScope();
        var perClass = torch.tensor(new float[] { 0, 20, 40 }).unsqueeze(1);    // [L, 1]
        var weights = torch.cat([perClass.expand(3, 3 * bands) / (3 * bands), torch.zeros(3, network.Encoder.Width)], 1);
        network.SetLinearClassifier(weights, torch.tensor(new float[] { 0, 5, -5 }));
    }
}
