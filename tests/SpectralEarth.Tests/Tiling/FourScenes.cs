using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

/// <summary>Two dates of two small synthetic scenes in a folder, and how tests tile them.</summary>
internal sealed class FourScenes : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FourScenes() =>
        Scenes = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.Path, Scenes = 2, Dates = 2, SizePx = 80, Seed = 5 });

    public string Path => folder.Path;

    public IReadOnlyList<SynthesizedScene> Scenes { get; }

    /// <summary>The four products, by scene and date.</summary>
    public string[] Products => [.. Scenes.SelectMany(scene => scene.Products)];

    /// <summary>Path of a file or data set beside the scenes.</summary>
    public string File(string name) => folder.File(name);

    /// <summary>Small patches of a few bands, nearly all of which are kept.</summary>
    /// <param name="output">Data set to make: a path, or a name beside the scenes.</param>
    /// <param name="scenes">Scenes to tile.</param>
    public TileOptions Options(string output, IReadOnlyList<string> scenes) => new()
    {
        Scenes = scenes,
        Output = File(output),
        PatchSize = 16,
        MaxNoData = 0.9,
        MaxShares = new Dictionary<PixelQuality, double>(),
        Bands = [10, 30, 50, 90, 150, 200],
        PatchesPerShard = 20,
    };

    public void Dispose() => folder.Dispose();
}
