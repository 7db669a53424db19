using System.Globalization;
using SpectralEarth.Randomness;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

/// <summary>
/// Damaged files may be refused or read as something else, but nothing but a SceneException may come out. Set
/// SPECTRALEARTH_FUZZ to a number of rounds for a longer run.
/// </summary>
[NonParallelizable]
public sealed class FuzzTests
{
    private const long AllocationLimit = 64L << 20;

    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("SPECTRALEARTH_FUZZ") ?? "1", CultureInfo.InvariantCulture);

    [Test]
    public void Mutated_TIFFs_give_no_other_exception_and_no_large_allocation()
    {
        using var folder = new TemporaryFolder();
        var refused = 0;
        for (var seed = 0; seed < 600 * Rounds; seed++)
        {
            var truth = new RandomRaster(seed % 40);
            if (seed % 3 == 0)
                PlainTiff.Write(folder.File("raster.tif"), truth, isBig: seed % 2 == 0, isZstd: seed % 6 == 0);
            else
                truth.WriteThroughLibTiff(folder.File("raster.tif"));
            Mutate(folder.File("raster.tif"), seed);

            var before = GC.GetTotalAllocatedBytes();
            refused += IsRefused(() => ReadSome(folder.File("raster.tif"), truth.SampleBytes)) ? 1 : 0;
            Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(AllocationLimit), $"seed {seed}: {truth}");
        }

        Assert.That(refused, Is.GreaterThan(150 * Rounds));
    }

    [Test]
    public void Mutated_METADATA_gives_no_other_exception_and_no_large_allocation()
    {
        using var folder = new TemporaryFolder();
        using var fixture = new ProductFixture();
        var refused = 0;
        for (var seed = 0; seed < 300 * Rounds; seed++)
        {
            File.WriteAllText(folder.File("METADATA.XML"), fixture.Metadata);
            Mutate(folder.File("METADATA.XML"), seed);

            var before = GC.GetTotalAllocatedBytes();
            refused += IsRefused(() => EnMapMetadata.Read(folder.File("METADATA.XML"))) ? 1 : 0;
            Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(AllocationLimit), $"seed {seed}");
        }

        Assert.That(refused, Is.GreaterThan(75 * Rounds));
    }

    private static bool IsRefused(Action read)
    {
        try
        {
            read();
            return false;
        }
        catch (SceneException)
        {
            return true;
        }
    }

    private static void ReadSome(string path, int sampleBytes)
    {
        using var raster = TiffRaster.Open(path);
        var window = new RasterWindow(0, 0, Math.Min(64, raster.Layout.Width), Math.Min(64, raster.Layout.Height));
        int[] bands = [1, raster.Layout.Bands];
        if (raster.Layout.SampleBytes != sampleBytes)
            return;
        if (sampleBytes == 1)
            raster.Read(window, bands, new byte[2 * window.Count], (byte)0);
        else if (sampleBytes == 2)
            raster.Read(window, bands, new short[2 * window.Count], (short)0);
        else
            raster.Read(window, bands, new int[2 * window.Count], 0);
    }

    /// <summary>Changes, cuts or doubles some bytes; often among the first and last, where directories are.</summary>
    private static void Mutate(string path, long seed)
    {
        var random = new SeededRandom(seed, "mutation");
        var bytes = File.ReadAllBytes(path).ToList();
        var changes = 1 + random.NextInt(4);
        for (var change = 0; change < changes; change++)
        {
            var reach = random.NextInt(3) == 0 ? bytes.Count : Math.Min(400, bytes.Count);
            var position = random.NextInt(2) == 0 ? random.NextInt(reach) : bytes.Count - 1 - random.NextInt(reach);
            switch (random.NextInt(6))
            {
                case 0:
                    bytes.RemoveRange(position, Math.Min(bytes.Count - position, 1 + random.NextInt(20)));
                    break;
                case 1:
                    bytes.InsertRange(position, bytes.GetRange(position, Math.Min(bytes.Count - position, 1 + random.NextInt(20))));
                    break;
                case 2:
                    bytes[position] = (byte)(random.NextInt(2) == 0 ? 0 : 0xFF);
                    break;
                default:
                    bytes[position] = (byte)random.NextInt(256);
                    break;
            }

            if (bytes.Count < 30)
                break;
        }

        File.WriteAllBytes(path, [.. bytes]);
    }
}
