using SpectralEarth.Models;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

/// <summary>A synthetic scene and maps of it by a tiny network.</summary>
public abstract class MapFixture
{
    protected const int Side = 40;

    protected TemporaryFolder Folder { get; private set; } = null!;

    protected string Product { get; private set; } = null!;

    [OneTimeSetUp]
    public void Synthesize()
    {
        Folder = new TemporaryFolder();
        Product = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = Folder.File("scenes"), Scenes = 1, Dates = 1, SizePx = Side, Seed = 4 })[0].Products[0];
    }

    [OneTimeTearDown]
    public void Clean() => Folder.Dispose();

    private protected MapReport Map(
        string name, int windowSize, MapOptions? options = null, IProgress<double>? progress = null,
        double shiftNm = 0, Func<int, bool>? shifted = null, bool smooth = false, AdapterForm adapter = AdapterForm.Reference, SegmentationDecoder decoder = SegmentationDecoder.Fusion,
        string? scenePath = null, string? outName = null, CancellationToken cancel = default)
    {
        using var scene = Scene.Open(scenePath ?? Product);
        var path = TinySegmentation.Write(Folder.File(name + ".safetensors"), windowSize, number => shifted?.Invoke(number) ?? true ? shiftNm : 0, smooth, adapter, decoder);
        return SceneMapper.Map(path, TorchSharp.torch.CPU, options ?? new MapOptions(), scene, Folder.File(outName ?? name + ".tif"), progress, cancel);
    }
}
