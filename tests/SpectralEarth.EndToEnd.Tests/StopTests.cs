using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Storage;
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

        Stop(synth);

        var run = ProgramRun.ToEnd(synth, "spectralearth synth");
        Assert.That(run.ExitCode, Is.EqualTo(130), run.All);
        Assert.That(run.Messages, Does.Contain("Stopped. Run the same command again"));
    }

    [Test]
    public void A_map_of_one_scene_that_is_stopped_says_that_nothing_was_kept()
    {
        using var folder = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--scenes", "1", "--dates", "1", "--size", "400", "--out", folder.File("scenes"));
        var network = Path.Combine(ProgramFolder.Find("checkpoints"), "demo", "weights.safetensors");
        using var predict = ProgramRun.Start("predict", folder.File("scenes"), "--checkpoint", network, "--overlap", "0.9", "--out", folder.File("maps/map.tif"));
        // The folder is made when the work begins.
        while (!predict.HasExited && !Directory.Exists(folder.File("maps")))
            Thread.Sleep(10);

        Stop(predict);

        var run = ProgramRun.ToEnd(predict, "spectralearth predict");
        Assert.That(run.ExitCode, Is.EqualTo(130), run.All);
        Assert.That(run.Messages, Does.Contain("Stopped. Nothing of the map was kept: the same command begins anew.").And.Not.Contain("to go on"));
        Assert.That(Directory.GetFileSystemEntries(folder.File("maps")), Is.Empty);
    }

    private static void Stop(Process process) =>
        Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
}
