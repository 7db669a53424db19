using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SpectralEarth.Shards.Format;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

/// <summary>Runs the reader of docs/shard-format.md.</summary>
public sealed class ShardFormatDocumentTests
{
    private const string Python = "/usr/bin/python3";

    [TestCase("raw")]
    [TestCase("spectral-rice")]
    public void The_numpy_reader_of_the_document_decodes_every_patch(string codec)
    {
        using var folder = new TemporaryFolder();
        var dataset = TestDataset.Write(folder.Path, SmallDataset.Labelled with { Codec = codec }, SmallDataset.Patches(labels: true));
        var script = new List<string> { Listing(), "import sys" };
        for (var index = 0; index < dataset.Catalog.Count; index++)
        {
            var patch = dataset.Read(index);
            using var shard = ShardReader.Open(Path.Combine(folder.Path, "shards", patch.Info.Shard), ShardFormat.Of(dataset.Manifest));
            var encoded = shard.ReadEncoded(patch.Info);
            script.Add(string.Create(CultureInfo.InvariantCulture, $"""
                row = dict(pixels=bytes.fromhex("{Convert.ToHexString(encoded.Pixels.Span)}"), validity=bytes.fromhex("{Convert.ToHexString(encoded.Validity.Span)}"), labels=bytes.fromhex("{Convert.ToHexString(encoded.Labels!)}"))
                pixels, valid, labels = decode(row, "{codec}", {SmallDataset.Channels}, {SmallDataset.Side})
                assert pixels.tobytes().hex().upper() == "{Convert.ToHexString(MemoryMarshal.AsBytes(patch.Pixels.AsSpan()))}", {index}
                assert valid.astype(np.uint8).tobytes().hex().upper() == "{Convert.ToHexString(patch.Validity)}" and labels.tobytes().hex().upper() == "{Convert.ToHexString(patch.Labels!)}"
                """));
        }

        File.WriteAllLines(folder.File("check.py"), script);
        var (status, output) = Run(folder.File("check.py"));

        Assert.That(status, Is.Zero, output);
    }

    private static string Listing()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "shard-format.md"));
        var begin = text.IndexOf("```python\n", StringComparison.Ordinal) + 10;
        return text[begin..text.IndexOf("```", begin, StringComparison.Ordinal)];
    }

    private static (int Status, string Output) Run(string script)
    {
        if (!File.Exists(Python) || Execute("-c", "import numpy").Status != 0)
            Assert.Ignore($"Skipped: {Python} with numpy is not installed.");
        return Execute(script);
    }

    private static (int Status, string Output) Execute(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
