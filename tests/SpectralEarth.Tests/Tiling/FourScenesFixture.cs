using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

/// <summary>Tests that tile the same four scenes.</summary>
public abstract class FourScenesFixture
{
    private protected FourScenes Input { get; private set; } = null!;

    [OneTimeSetUp]
    public void WriteScenes() => Input = new FourScenes();

    [OneTimeTearDown]
    public void DeleteScenes() => Input.Dispose();

    /// <summary>Options for all scenes.</summary>
    private protected TileOptions Options(string output) => Input.Options(output, [Input.Path]);
}
