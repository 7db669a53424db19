using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>What schedulers send; Ctrl-C does the same, but a shell may have its background jobs, tests among them, ignore it.</summary>
[Parallelizable]
[Platform(Exclude = "Win")]
public sealed class StopTests
{
    [Test]
    public void A_signal_stops_a_verb_in_good_order()
    {
        using var folder = new TemporaryFolder();
        using var synth = ProgramRun.Start("synth", "--scenes", "99", "--dates", "24", "--size", "64", "--out", folder.File("scenes"));
        while (!synth.HasExited && !Directory.Exists(folder.File("scenes")))
            Thread.Sleep(10);

        Process.Start("kill", ["-TERM", synth.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

        var run = ProgramRun.ToEnd(synth, "spectralearth synth");
        Assert.That(run.ExitCode, Is.EqualTo(130), run.All);
        Assert.That(run.Messages, Does.Contain("Stopped. Run the same command again"));
    }
}
