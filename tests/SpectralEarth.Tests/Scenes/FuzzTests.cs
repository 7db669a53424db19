using System.Formats.Tar;
using System.IO.Compression;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Archives;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Scenes.Archives;

namespace SpectralEarth.Tests.Scenes;

/// <summary>
/// Ten thousand damaged files: they may be refused or read as something else, but nothing but a SceneException may come
/// out, soon and without large allocations.
/// </summary>
[NonParallelizable]
public sealed class FuzzTests
{
    /// <summary>A block gets memory for what its bytes may become: Deflate reaches 1032 times, pooled arrays have powers of two.</summary>
    private const long Expansion = 2 * 1032;

    [Test]
    public void Mutated_TIFFs_give_no_other_exception_no_hang_and_no_large_allocation()
    {
        using var folder = new TemporaryFolder();
        var originals = Enumerable.Range(0, 60).Select(seed => (Truth: new RandomRaster(seed), Bytes: Tiff(folder.File("original.tif"), seed))).ToArray();
        var (rounds, refused) = (Fuzz.Rounds(5000), 0);
        for (var seed = 0; seed < rounds; seed++)
        {
            var (truth, bytes) = originals[seed % originals.Length];
            File.WriteAllBytes(folder.File("raster.tif"), Mutation.Of(bytes, seed));
            refused += Mutation.IsRefused(() => ReadSome(folder.File("raster.tif")), () => $"TIFF, seed {seed}: {truth}", Mutation.AllocationLimit + (Expansion * bytes.Length));
        }

        Assert.That(refused, Is.GreaterThan(rounds / 4));
    }

    [Test]
    public void Mutated_METADATA_gives_no_other_exception_no_hang_and_no_large_allocation()
    {
        using var folder = new TemporaryFolder();
        using var fixture = new ProductFixture();
        var original = System.Text.Encoding.UTF8.GetBytes(fixture.Metadata);
        var (rounds, refused) = (Fuzz.Rounds(1000), 0);
        for (var seed = 0; seed < rounds; seed++)
        {
            File.WriteAllBytes(folder.File("METADATA.XML"), Mutation.Of(original, seed));
            refused += Mutation.IsRefused(() => EnMapMetadata.Read(folder.File("METADATA.XML")), () => $"XML, seed {seed}");
        }

        Assert.That(refused, Is.GreaterThan(rounds / 4));
    }

    [Test]
    public void Mutated_archives_give_no_other_exception_no_hang_and_no_large_allocation()
    {
        using var folder = new TemporaryFolder();
        var forms = ArchiveForms(folder);
        var (rounds, refused) = (Fuzz.Rounds(4000), 0);
        for (var seed = 0; seed < rounds; seed++)
        {
            var (name, bytes, isPacked) = forms[seed % forms.Length];
            var path = folder.File(name);
            var mutated = Mutation.Of(bytes, seed);
            File.WriteAllBytes(path, isPacked ? Gzip(mutated) : mutated);
            refused += Mutation.IsRefused(() => ReadAll(path), () => $"archive {name}, seed {seed}");
        }

        Assert.That(refused, Is.GreaterThan(rounds / 4));
    }

    private static byte[] Tiff(string path, int seed)
    {
        var truth = new RandomRaster(seed);
        if (seed % 3 == 0)
            PlainTiff.Write(path, truth, isBig: seed % 2 == 0, compression: seed % 6 == 0 ? TiffCompression.Zstd : TiffCompression.None);
        else
            truth.WriteThroughLibTiff(path);
        return File.ReadAllBytes(path);
    }

    private static void ReadSome(string path)
    {
        using var raster = TiffRaster.Open(path);
        var window = new RasterWindow(0, 0, Math.Min(64, raster.Layout.Width), Math.Min(64, raster.Layout.Height));
        int[] bands = [1, raster.Layout.Bands];
        if (raster.Layout.SampleBytes == 1)
            raster.Read(window, bands, new byte[2 * window.Count], (byte)0);
        else if (raster.Layout.SampleBytes == 2)
            raster.Read(window, bands, new short[2 * window.Count], (short)0);
        else
            raster.Read(window, bands, new int[2 * window.Count], 0);
    }

    /// <summary>Archives of small files; the last kind is packed after it was damaged, so that unpacking succeeds.</summary>
    private static (string Name, byte[] Bytes, bool IsPacked)[] ArchiveForms(TemporaryFolder folder)
    {
        var tiff = Tiff(folder.File("original.tif"), 4);
        (string, byte[])[] files = [("p/x-METADATA.XML", "<level_X><base><level>L2A</level></base></level_X>"u8.ToArray()), ("p/x-SPECTRAL_IMAGE.TIF", tiff), ("p/readme", [])];
        ProductArchive.Zip(folder.File("deflated.zip"), CompressionLevel.Optimal, files);
        ProductArchive.Zip(folder.File("stored.zip"), CompressionLevel.NoCompression, files);
        (string, byte[])[] order = [("o/long-" + new string('n', 120) + ".ZIP", File.ReadAllBytes(folder.File("deflated.zip"))), .. files];
        ProductArchive.Tar(folder.File("pax.tar"), TarEntryFormat.Pax, order);
        ProductArchive.Tar(folder.File("gnu.tar"), TarEntryFormat.Gnu, order);
        ProductArchive.Tar(folder.File("order.tar.gz"), TarEntryFormat.Pax, order);
        string[] names = ["deflated.zip", "stored.zip", "pax.tar", "gnu.tar", "order.tar.gz"];
        return [.. names.Select(name => (name, File.ReadAllBytes(folder.File(name)), false)), ("packed.tgz", File.ReadAllBytes(folder.File("gnu.tar")), true)];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Lists the products, opens the first, and reads every file to its end.</summary>
    private static void ReadAll(string path)
    {
        var products = ProductPath.InArchive(path);
        using var archive = ArchiveFiles.OnDisk(path);
        var buffer = new byte[1 << 16];
        foreach (var name in archive.Names)
        {
            using var file = archive.Open(name);
            for (var at = 0L; at < file.Length; at += buffer.Length)
                file.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, file.Length - at)), "A part");
        }

        if (products.Count > 0)
            Scene.Open(products[0]).Dispose();
    }
}
