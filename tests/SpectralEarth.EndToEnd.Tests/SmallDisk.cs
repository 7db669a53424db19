using System.Diagnostics;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>A file system in memory that is soon full. Needs root on Linux; skips the test elsewhere.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    internal string Path { get; }

    internal static SmallDisk Mount(int megabytes)
    {
        var path = Directory.CreateTempSubdirectory("spectralearth-disk-").FullName;
        if (!OperatingSystem.IsLinux() || !Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path))
        {
            Directory.Delete(path);
            Assert.Ignore("Skipped: a full disk is simulated with a small tmpfs, which only root on Linux can mount.");
        }

        return new SmallDisk(path);
    }

    internal void Resize(int megabytes) =>
        Assert.That(Run("mount", "-o", $"remount,size={megabytes}m", Path), "The small disk could not be resized.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
        process?.WaitForExit();
        return process?.ExitCode == 0;
    }
}
