using System.ComponentModel;
using System.Diagnostics;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class ChecksumListTests
{
    [Test]
    public void The_program_xxhsum_confirms_the_checksums()
    {
        using var folder = new TemporaryFolder();
        TestDataset.Write(folder.Path, SmallDataset.Manifest, SmallDataset.Patches());
        try
        {
            using var process = Process.Start(new ProcessStartInfo("xxhsum", ["-c", "checksums.txt"]) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();

            Assert.That(process.ExitCode, Is.Zero, output);
            Assert.That(output.Split(": OK").Length - 1, Is.EqualTo(7));
        }
        catch (Win32Exception)
        {
            Assert.Ignore("Skipped: xxhsum is not installed (Debian: apt install xxhash).");
        }
    }
}
