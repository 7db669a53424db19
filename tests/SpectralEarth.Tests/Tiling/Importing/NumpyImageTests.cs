using System.Runtime.InteropServices;
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

    [TestCase("<i8")]
    [TestCase("<u8")]
    public void Whole_numbers_of_64_bits_are_read_if_16_bits_hold_them(string type)
    {
        using var folder = new TemporaryFolder();
        PublishedTask.WriteArray(folder.File("fits.npz"), [.. Words(1), .. Words(short.MaxValue)], "(2, 1, 1)", type);
        PublishedTask.WriteArray(folder.File("large.npz"), [.. Words(1), .. Words(32768)], "(2, 1, 1)", type);
        PublishedTask.WriteArray(folder.File("negative.npz"), [.. Words(1), .. Words(-32767)], "(2, 1, 1)", type);
        PublishedTask.WriteArray(folder.File("lowest.npz"), [.. Words(1), .. Words(-32768)], "(2, 1, 1)", type);

        Assert.That(NumpyImage.Read(folder.File("fits.npz"), bands: 2).Values, Is.EqualTo(new[] { 1f, short.MaxValue }));
        Assert.That(() => NumpyImage.Read(folder.File("large.npz"), bands: 2),
            Throws.TypeOf<SceneException>().With.Message.EqualTo("large.npz: value 32768 does not fit 16 bits; expected -32767 to 32767."));
        Assert.That(() => NumpyImage.Read(folder.File("lowest.npz"), bands: 2),
            Throws.TypeOf<SceneException>().With.Message.Contains(type == "<i8" ? "value -32768 " : "value 18446744073709518848 "));
        if (type == "<i8")
            Assert.That(NumpyImage.Read(folder.File("negative.npz"), bands: 2).Values, Is.EqualTo(new[] { 1f, -32767f }));

        static short[] Words(long value) => MemoryMarshal.Cast<long, short>([value]).ToArray();
    }

    [TestCase("(150, 4096, 4096)", "<f8", "False", "1.npz: 'data' is [150, 4096, 4096] of '<f8', 20132659200 bytes, but data.npy holds 228, and at most 1073741824 are read. ")]
    [TestCase("(150, 100, 100)", "<i2", "False", "[150, 100, 100] of '<i2', 3000000 bytes, but data.npy holds 228, ")]
    [TestCase("(150, 4097, 1)", "<i2", "False", "expected [150, height, width] with sides of 1 to 4096.")]
    [TestCase("(150, 1, 1)", "|u1", "False", "1.npz: no readable numpy archive (")]
    [TestCase("(150, 1, 1)", "<c8", "False", "numbers are of type '<c8'; expected little-endian i2, u2, i4, i8, u8, f4, f8 or u1. Save it so: np.savez(FILE, data=data.astype('<i2'))")]
    [TestCase("(150, 1, 1)", "<i2", "True", "is not of an array in C order.")]
    [TestCase("(150, high, wide)", "<i2", "False", "is not of an array in C order.")]
    public void A_damaged_array_is_refused_without_room_for_it(string shape, string type, string isFortran, string message)
    {
        using var folder = new TemporaryFolder();
        PublishedTask.WriteArray(folder.File("1.npz"), new short[50], shape, type, isFortran);

        Assert.That(() => NumpyImage.Read(folder.File("1.npz"), bands: 150), Throws.TypeOf<SceneException>().With.Message.Contains(message));
    }
}
