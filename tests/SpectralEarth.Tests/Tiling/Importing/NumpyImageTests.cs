using SpectralEarth.Scenes;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Tasks.Layouts;
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

    [TestCase("(150, 4096, 4096)", "<f8", "False", "1.npz: 'data' is [150, 4096, 4096] of '<f8', 20132659200 bytes, but data.npy holds 228, and at most 1073741824 are read. ")]
    [TestCase("(150, 100, 100)", "<i2", "False", "[150, 100, 100] of '<i2', 3000000 bytes, but data.npy holds 228, ")]
    [TestCase("(150, 4097, 1)", "<i2", "False", "expected [150, height, width] with sides of 1 to 4096.")]
    [TestCase("(150, 1, 1)", "|u1", "False", "1.npz: no readable numpy archive (")]
    [TestCase("(150, 1, 1)", "<c8", "False", "numbers are of type '<c8'; expected ")]
    [TestCase("(150, 1, 1)", "<i2", "True", "is not of an array in C order.")]
    [TestCase("(150, high, wide)", "<i2", "False", "is not of an array in C order.")]
    public void A_damaged_array_is_refused_without_room_for_it(string shape, string type, string isFortran, string message)
    {
        using var folder = new TemporaryFolder();
        PublishedTask.WriteArray(folder.File("1.npz"), new short[50], shape, type, isFortran);

        Assert.That(() => NumpyImage.Read(folder.File("1.npz"), bands: 150), Throws.TypeOf<SceneException>().With.Message.Contains(message));
    }
}
