using System.Diagnostics;
using NUnit.Framework;

namespace SpectralEarth.Testing;

/// <summary>Starts programs as the ranks of an MPI job on this machine.</summary>
public static class Mpirun
{
    /// <summary>Starts <paramref name="ranks"/> processes of a program; skips the running test where Open MPI's launcher is absent.</summary>
    /// <param name="ranks">Number of processes.</param>
    /// <param name="options">Further options of mpirun.</param>
    /// <param name="command">Program and arguments.</param>
    public static Process Start(int ranks, IEnumerable<string> options, IEnumerable<string> command)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var launcher = folders.Select(folder => Path.Combine(folder, "mpirun")).FirstOrDefault(File.Exists);
        if (launcher is null)
            Assert.Ignore("Skipped: mpirun is not on the PATH. Install Open MPI (Debian: apt-get install openmpi-bin libopenmpi3).");
        string[] fixedOptions = ["-n", $"{ranks}", "--oversubscribe", "--allow-run-as-root"];
        var start = new ProcessStartInfo(launcher!, [.. fixedOptions, .. options, .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // mpirun gives each rank a terminal, which .NET greets with control characters unless it is a plain one.
        start.Environment["TERM"] = "dumb";
        return Process.Start(start) ?? throw new InvalidOperationException("mpirun did not start.");
    }

    /// <summary>The process of a running rank.</summary>
    /// <param name="launcher">What <see cref="Start"/> gave.</param>
    /// <param name="rank">Number of the rank.</param>
    public static Process Rank(Process launcher, int rank)
    {
        var children = File.ReadAllText($"/proc/{launcher.Id}/task/{launcher.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Process.GetProcessById(children.Select(int.Parse).Single(child =>
            File.ReadAllText($"/proc/{child}/environ").Split('\0').Contains($"OMPI_COMM_WORLD_RANK={rank}")));
    }
}
