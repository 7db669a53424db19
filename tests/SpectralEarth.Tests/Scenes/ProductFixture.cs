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

    public void Dispose() => folder.Dispose();
}
