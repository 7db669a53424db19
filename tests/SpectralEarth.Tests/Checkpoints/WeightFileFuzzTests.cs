using System.Text.RegularExpressions;
using SpectralEarth.Checkpoints;
using SpectralEarth.Randomness;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

/// <summary>Ten thousand damaged files of all formats are read or refused with a place, quickly and without excess memory.</summary>
public sealed partial class WeightFileFuzzTests
{
    private static readonly int Rounds = Fuzz.Rounds(2500);
    private const long MostBytesPerRound = 8_000_000;

    [TestCase("safetensors")]
    [TestCase("zip")]
    [TestCase("pickle")]
    [TestCase("legacy")]
    public void Mutated_files_are_read_or_refused_with_byte_or_key(string format)
    {
        using var folder = new TemporaryFolder();
        var (path, original, regions) = Original(folder, format);
        var random = new SeededRandom(1, "fuzz", format.Length);
        var refused = 0;

        for (var round = 0; round < Rounds; round++)
        {
            File.WriteAllBytes(path, Mutated(original, regions[random.NextInt(regions.Length)], ref random));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var scope = NewDisposeScope();
                using var file = format == "safetensors" ? SafeTensorsFile.Open(path) : (WeightFile)PyTorchFile.Open(path);
                foreach (var name in file.Names)
                    file.Read(name);
            }
            catch (CheckpointException error)
            {
                refused++;
                Assert.That(Place().IsMatch(error.Message), error.Message);
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MostBytesPerRound));
        }

        Assert.That(refused, Is.InRange(Rounds / 4, Rounds - 1));
    }

    [GeneratedRegex("byte [0-9]+|(tensor|entry|storage) [\"']")]
    private static partial Regex Place();

    /// <summary>A good file and the parts of it that decide how it is read.</summary>
    private static (string Path, byte[] Bytes, Range[] Regions) Original(TemporaryFolder folder, string format)
    {
        var path = folder.File("a");
        if (format == "legacy")
        {
            File.Move(TorchFiles.Legacy(folder), path);
            return (path, File.ReadAllBytes(path), [Range.All]);
        }

        using (var scope = NewDisposeScope())
        {
            var tensors = new Dictionary<string, Tensor> { ["a"] = arange(6).reshape(2, 3), ["b.bool"] = tensor(new[] { true, false }), ["c"] = zeros(3) };
            if (format == "safetensors")
                SafeTensorsFile.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
            else
                PyTorchFile.Write(path, tensors);
        }

        var bytes = File.ReadAllBytes(path);
        var directory = bytes.AsSpan().IndexOf("PK\x01\x02"u8);
        return (path, bytes, format switch
        {
            "safetensors" => [0..8, 8..bytes.AsSpan().LastIndexOf((byte)'}')],
            "zip" => [0..64, directory..bytes.Length, ^98..],
            _ => [64..bytes.AsSpan().IndexOf("archive/byteorder"u8)],
        });
    }

    private static byte[] Mutated(byte[] original, Range region, ref SeededRandom random)
    {
        var bytes = original.ToArray();
        var (start, length) = region.GetOffsetAndLength(bytes.Length);
        for (var changes = random.NextInt(3); changes >= 0; changes--)
        {
            var (at, to) = (Math.Min(start + random.NextInt(length), bytes.Length - 1), random.NextInt(bytes.Length));
            switch (random.NextInt(6))
            {
                case 0 or 1:
                    bytes[at] = (byte)random.NextInt(256);
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.NextInt(8));
                    break;
                case 3:
                    bytes[at] = "0123456789{}[]\",:(tuRQcbqhX"u8[random.NextInt(27)];
                    break;
                case 4:
                    bytes = bytes[..Math.Max(to, 1)];
                    break;
                default:
                    bytes = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(at + 1 + random.NextInt(8), bytes.Length - 1))];
                    break;
            }
        }

        return bytes;
    }
}
