using System.IO.Compression;
using SpectralEarth.Randomness;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Archives;
using SpectralEarth.Scenes.Sources;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes.Archives;

/// <summary>Any part of a file that the runtime packed equals the file, in any order, from any number of threads.</summary>
public sealed class InflatedSourceTests
{
    private const int PieceBytes = 1 << 20;

    [TestCase(CompressionLevel.Optimal)]
    [TestCase(CompressionLevel.Fastest)]
    [TestCase(CompressionLevel.SmallestSize)]
    [TestCase(CompressionLevel.NoCompression)]
    public void Parts_read_in_any_order_equal_the_file(CompressionLevel level)
    {
        using var folder = new TemporaryFolder();
        var truth = Mixed((7 * PieceBytes / 2) + 12345, seed: (long)level);
        WriteGzip(folder.File("x.gz"), level, truth);
        using var file = FileSource.Open(folder.File("x.gz"));

        using var source = InflatedSource.OfGzip("x", file);

        Assert.That(source.Length, Is.EqualTo(truth.Length));
        var wrong = 0;
        Parallel.For(0, 60, i =>
        {
            var random = new SeededRandom(9, "part", i);
            var offset = random.NextInt(truth.Length);
            var part = new byte[Math.Min(truth.Length - offset, 1 + random.NextInt(2 * PieceBytes))];
            source.Read(offset, part, "A part");
            if (!part.AsSpan().SequenceEqual(truth.AsSpan(offset, part.Length)))
                Interlocked.Increment(ref wrong);
        });
        Assert.That(wrong, Is.Zero);
    }

    [TestCase(1)]
    [TestCase(PieceBytes - 1)]
    [TestCase(PieceBytes)]
    [TestCase(PieceBytes + 1)]
    [TestCase(2 * PieceBytes)]
    public void Files_that_end_at_or_near_the_end_of_a_piece_are_whole(int length)
    {
        using var folder = new TemporaryFolder();
        var truth = Mixed(length, seed: 3);
        WriteGzip(folder.File("x.gz"), CompressionLevel.Optimal, truth);
        using var file = FileSource.Open(folder.File("x.gz"));

        using var source = InflatedSource.OfGzip("x", file);

        var read = new byte[source.Length];
        source.Read(0, read, "All");
        Assert.That(read, Is.EqualTo(truth));
    }

    [Test]
    public void Gzip_files_of_several_members_are_one_file()
    {
        using var folder = new TemporaryFolder();
        byte[][] parts = [Mixed(900_000, 1), Mixed(0, 2), Mixed(2_500_000, 3), Mixed(10, 4)];
        WriteGzip(folder.File("x.gz"), CompressionLevel.Optimal, parts);
        using var file = FileSource.Open(folder.File("x.gz"));

        using var source = InflatedSource.OfGzip("x", file);

        var read = new byte[source.Length];
        source.Read(1_500_000, read.AsSpan(1_500_000), "The end");
        source.Read(0, read.AsSpan(0, 1_500_000), "The beginning");
        Assert.That(read, Is.EqualTo(parts.SelectMany(part => part).ToArray()));
    }

    [Test]
    public void A_cut_a_changed_and_a_continued_file_are_refused()
    {
        using var folder = new TemporaryFolder();
        WriteGzip(folder.File("x.gz"), CompressionLevel.Optimal, Mixed(300_000, 5));
        var bytes = File.ReadAllBytes(folder.File("x.gz"));

        AssertRefused(folder, bytes[..(bytes.Length / 2)], "x.gz: cannot be unpacked: it ends in the middle.");
        AssertRefused(folder, bytes[..^3], "x.gz: cannot be unpacked: it ends in the middle.");
        AssertRefused(folder, [.. bytes, 1, 2], "something follows its end");
        bytes[^6] ^= 1;
        AssertRefused(folder, bytes, "its checksum is ");
    }

    private static void AssertRefused(TemporaryFolder folder, byte[] bytes, string message)
    {
        File.WriteAllBytes(folder.File("x.gz"), bytes);
        using var file = FileSource.Open(folder.File("x.gz"));
        Assert.That(() => InflatedSource.OfGzip("x", file), Throws.TypeOf<SceneException>().With.Message.Contains(message));
    }

    /// <summary>Noise, runs, repetitions near and far: all kinds of blocks and distances.</summary>
    private static byte[] Mixed(int length, long seed)
    {
        var random = new SeededRandom(seed, "mixed");
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var part = bytes.AsSpan(at, Math.Min(length - at, 1 + random.NextInt(40_000)));
            var kind = random.NextInt(4);
            var distance = 1 + random.NextInt(32_768);
            for (var i = 0; i < part.Length; i++)
            {
                part[i] = kind switch
                {
                    0 => (byte)random.NextInt(256),
                    1 => 7,
                    2 when at + i >= distance => bytes[at + i - distance],
                    _ => (byte)(random.NextInt(3) * random.NextInt(30)),
                };
            }

            at += part.Length;
        }

        return bytes;
    }

    private static void WriteGzip(string path, CompressionLevel level, params byte[][] members)
    {
        using var file = File.Create(path);
        foreach (var member in members)
        {
            using var gzip = new GZipStream(file, level, leaveOpen: true);
            gzip.Write(member);
        }
    }
}
