using SpectralEarth.Checkpoints;
using SpectralEarth.Randomness;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>SIGKILL at random moments, then the same command again: the result equals an uninterrupted run's.</summary>
public sealed class KillTests
{
    private static readonly string[] PretrainSettings =
    [
        "--set", "encoder.width=32", "--set", "encoder.depth=1", "--set", "encoder.heads=2", "--set", "mae.decoder.width=32",
        "--set", "mae.decoder.heads=2", "--set", "batch_size=2", "--set", "crop_size=16", "--set", "steps=60", "--set", "checkpoint_every=7", "--set", "seed=11",
    ];

    private TemporaryFolder folder = null!;
    private string scenes = "";
    private Lazy<string> data = null!;

    [OneTimeSetUp]
    public void MakeScenes()
    {
        folder = new TemporaryFolder();
        scenes = folder.File("scenes");
        ProgramRun.Succeeds("synth", "--out", scenes, "--scenes", "2", "--dates", "2", "--size", "128", "--seed", "3");
        data = new Lazy<string>(() =>
        {
            ProgramRun.Succeeds("tile", scenes, "--patch-size", "32", "--out", folder.File("data"));
            return folder.File("data");
        });
    }

    [OneTimeTearDown]
    public void DeleteScenes() => folder.Dispose();

    [Test]
    public void A_tile_run_killed_at_fifty_moments_ends_with_the_bytes_of_an_uninterrupted_one()
    {
        var clean = folder.File("tile-clean");
        var killed = folder.File("tile-killed");
        string[] arguments = ["tile", Path.Combine(scenes, "scene-01"), "--patch-size", "32", "--bands", "1-40"];      // two dates
        var took = Time(() => ProgramRun.Succeeds([.. arguments, "--out", clean]));
        var expected = FolderContent.Of(clean);
        var random = new SeededRandom(19, "kill-tile");

        for (var kills = 0; kills < 50;)
        {
            if (ProgramRun.KilledAfter(took * random.NextDouble(), [.. arguments, "--out", killed]))
            {
                kills++;
                continue;
            }

            Assert.That(FolderContent.Of(killed), Is.EqualTo(expected), $"after {kills} kills");
            Directory.Delete(killed, recursive: true);
        }

        ProgramRun.Succeeds([.. arguments, "--out", killed]);
        Assert.That(FolderContent.Of(killed), Is.EqualTo(expected));
    }

    [Test]
    public void A_killed_pretraining_run_ends_with_the_weights_of_an_uninterrupted_one()
    {
        File.WriteAllText(folder.File("recipe.yaml"), "");
        string[] arguments = ["pretrain", "--data", data.Value, "--recipe", folder.File("recipe.yaml"), .. PretrainSettings];
        var took = Time(() => ProgramRun.Succeeds([.. arguments, "--out", folder.File("run-clean")]));

        var kills = KillUntilDone(took, [.. arguments, "--out", folder.File("run-killed")]);

        Assert.That(kills, Is.Positive, "No run was killed before it ended.");
        Assert.That(RunWeights.Of(folder.File("run-killed")), Is.EqualTo(RunWeights.Of(folder.File("run-clean"))));
    }

    [Test]
    public void A_disk_that_fills_up_during_a_checkpoint_stops_no_training_and_the_run_goes_on_once_there_is_room()
    {
        File.WriteAllText(folder.File("full.yaml"), "");
        string[] arguments = ["pretrain", "--data", data.Value, "--recipe", folder.File("full.yaml"), .. PretrainSettings, "--set", "encoder.width=96", "--set", "steps=30"];
        ProgramRun.Succeeds([.. arguments, "--out", folder.File("run-roomy")]);
        var checkpoint = new FileInfo(CheckpointFile.Resolve(folder.File("run-roomy"))).Length;
        using var disk = SmallDisk.Mount(megabytes: (int)(checkpoint * 5 / 2 / 1_000_000));      // room for two checkpoints

        var full = ProgramRun.Of([.. arguments, "--out", Path.Combine(disk.Path, "run")]);
        var log = File.ReadAllText(Path.Combine(disk.Path, "run", "log.jsonl"));
        disk.Resize(megabytes: 200);
        ProgramRun.Succeeds([.. arguments, "--out", Path.Combine(disk.Path, "run")]);

        Assert.That(full.ExitCode, Is.EqualTo(1), full.All);
        Assert.That(full.Messages, Does.Contain("the checkpoint could not be written, and the newest is that of step").And.Contain("Make room"), "the last checkpoint must succeed");
        Assert.That(log, Does.Contain("Checkpoint of step 21 could not be written; training goes on").Or.Contain("the previous checkpoint is still valid"));
        Assert.That(RunWeights.Of(Path.Combine(disk.Path, "run")), Is.EqualTo(RunWeights.Of(folder.File("run-roomy"))));
    }

    private static int KillUntilDone(TimeSpan took, string[] arguments)
    {
        var random = new SeededRandom(17, "kill");
        var kills = 0;
        for (var attempt = 0; attempt < 4; attempt++)
        {
            if (ProgramRun.KilledAfter(took * random.NextDouble(), arguments))
                kills++;
        }

        ProgramRun.Succeeds(arguments);
        return kills;
    }

    private static TimeSpan Time(Action action)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        action();
        return clock.Elapsed;
    }
}
