using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

/// <summary>A small synthetic product of which tests take copies to damage.</summary>
internal sealed class ProductFixture : IDisposable
{
    internal const int Size = 48;

    private readonly TemporaryFolder folder = new();

    internal ProductFixture()
    {
        Scene = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.Path, Scenes = 1, Dates = 1, SizePx = Size, Seed = 5 })[0];
        Metadata = File.ReadAllText(Directory.GetFiles(Product, "*METADATA.XML").Single());
    }

    internal SynthesizedScene Scene { get; }

    internal string Product => Scene.Products[0];

    /// <summary>Text of METADATA.XML.</summary>
    internal string Metadata { get; }

    /// <summary>A copy of the product with short file names (no prefix), without PIXELMASK unless it is asked for, and, if given, another METADATA.XML.</summary>
    internal TemporaryFolder Copy(string? metadata = null, bool pixelMask = false)
    {
        var copy = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Product).Where(file => pixelMask || !file.Contains("PIXELMASK", StringComparison.Ordinal)))
            File.Copy(file, copy.File(Path.GetFileName(file)[75..]));
        if (metadata is not null)
            File.WriteAllText(copy.File("METADATA.XML"), metadata);
        return copy;
    }

    /// <summary>Asserts that a scene cannot be opened and that the message holds all parts.</summary>
    internal static void AssertRefused(string path, params string[] parts)
    {
        var error = Assert.Throws<SceneException>(() => SpectralEarth.Scenes.Scene.Open(path).Dispose())!;
        foreach (var part in parts)
            Assert.That(error.Message, Does.Contain(part));
    }

    /// <summary>All bands of a scene, [C, H, W].</summary>
    internal static short[] Pixels(Scene scene)
    {
        var pixels = new short[scene.Metadata.Bands.Count * scene.Width * scene.Height];
        scene.ReadPixels(new RasterWindow(0, 0, scene.Width, scene.Height), scene.Metadata.Bands.Numbers, pixels);
        return pixels;
    }

    public void Dispose() => folder.Dispose();
}
