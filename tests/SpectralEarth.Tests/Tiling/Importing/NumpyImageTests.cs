using SpectralEarth.Scenes;
using SpectralEarth.Testing;
using SpectralEarth.Tiling.Importing;

namespace SpectralEarth.Tests.Tiling.Importing;

public sealed class NumpyImageTests
{
    [Test]
    public void A_file_that_cannot_be_read_is_refused_as_any_other()
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => NumpyImage.Read(folder.Path, bands: 1), Throws.TypeOf<SceneException>().With.Message.StartsWith($"{folder.Path}: cannot be read. "));
        Assert.That(() => NumpyImage.Read(folder.File("none.npz"), bands: 1), Throws.TypeOf<SceneException>().With.Message.Contains("none.npz: cannot be read. "));
    }
}
