using System.Diagnostics;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary><c>tile</c> under mpirun: as many ranks as one likes, some of which may die, make the bytes that one process makes.</summary>
public sealed class RankTests
{
    private TemporaryFolder folder = null!;
    private string scenes = "", single = "";
    private string[] arguments = [];

    [OneTimeSetUp]
    public void TileInOneProcess()
    {
        folder = new TemporaryFolder();
        scenes = folder.File("scenes");
        ProgramRun.Succeeds("synth", "--out", scenes, "--scenes", "3", "--dates", "2", "--size", "128", "--seed", "3");
        // No label raster fits the third ground: its two scenes are rejected while they are tiled, by whichever rank has them.
        arguments =
        [
            "tile", scenes, "--patch-size", "32", "--stride", "16",
            "--labels", Path.Combine(scenes, "scene-01", "labels.tif"), "--labels", Path.Combine(scenes, "scene-02", "labels.tif"),
        ];
        single = folder.File("single");
        Assert.That(ProgramRun.Of([.. arguments, "--out", single]).ExitCode, Is.EqualTo(3));
    }

    [OneTimeTearDown]
    public void DeleteScenes() => folder.Dispose();

    [Test]
    public void Ranks_make_the_data_set_of_a_single_process()
    {
        var output = folder.File("ranks");

        var run = ProgramRun.OfRanks(3, [.. arguments, "--out", output]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(3), run.All);
            Assert.That(run.Messages.Split("warning:"), Has.Length.EqualTo(3), "Two rejected scenes, told by one rank only.");
            Assert.That(run.Output, Does.Contain(output));
            Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(single)));
        }
    }

    [Test]
    public void Ranks_tile_the_sound_copies_and_processings_of_damaged_scenes_as_a_single_process_does()
    {
        var products = SceneSynthesizer.Write(new SynthesisOptions
        {
            OutputFolder = folder.File("compressed"),
            Scenes = 1,
            Dates = 2,
            SizePx = 64,
            Seed = 4,
            ImageEncoding = new TiffEncoding { RowsPerStrip = 4, Compression = TiffCompression.Deflate },
        })[0].Products;
        DamagedProduct.Write(products[0], folder.File("copies/a"));
        FolderContent.Copy(products[0], folder.File("copies/b"));
        FolderContent.Copy(products[1], folder.File("copies/c"));
        DamagedProduct.Write(products[1], folder.File("damaged"));
        ReprocessedProduct.Write(folder.File("damaged"), folder.File("copies/d"), "V010502_20250101T000000Z");
        string[] copies = ["tile", folder.File("copies"), "--patch-size", "16", "--max-nodata", "0.9"];
        Assert.That(ProgramRun.Of([.. copies, "--out", folder.File("copies-single")]).ExitCode, Is.EqualTo(3));

        var run = ProgramRun.OfRanks(3, [.. copies, "--out", folder.File("copies-ranks")]);

        Assert.That(run.ExitCode, Is.EqualTo(3), run.All);
        Assert.That(File.ReadAllLines(folder.File("copies-single/rejected.csv")), Has.Length.EqualTo(3).And.All.Match("^scene,|/a,.* is damaged|/d,.* is damaged"));
        Assert.That(FolderContent.Of(folder.File("copies-ranks")), Is.EqualTo(FolderContent.Of(folder.File("copies-single"))));
    }

    [Test]
    public void More_ranks_than_scenes_find_work_or_none()
    {
        string[] one = ["tile", Path.Combine(scenes, "scene-01"), "--patch-size", "32"];
        ProgramRun.Succeeds([.. one, "--out", folder.File("one")]);

        var run = ProgramRun.OfRanks(3, [.. one, "--out", folder.File("one-ranks")]);

        Assert.That(run.ExitCode, Is.Zero, run.All);
        Assert.That(FolderContent.Of(folder.File("one-ranks")), Is.EqualTo(FolderContent.Of(folder.File("one"))));
    }

    [Test]
    public void Ranks_add_scenes_to_a_finished_data_set_and_leave_a_complete_one_alone()
    {
        var output = folder.File("added");
        var first = ProgramRun.Of(["tile", Path.Combine(scenes, "scene-02"), .. arguments[2..], "--out", output]);

        var added = ProgramRun.OfRanks(2, [.. arguments, "--out", output]);
        var complete = ProgramRun.OfRanks(2, [.. arguments, "--out", output]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.ExitCode, Is.EqualTo(3), "The labels of the first ground lie on no scene yet.");
            Assert.That(added.ExitCode, Is.EqualTo(3), added.All);
            Assert.That(added.Messages, Does.Contain("of 4 scenes (2 new)"));
            Assert.That(complete.ExitCode, Is.EqualTo(3), complete.All);
            Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(single)));
        }
    }

    [Test]
    public void An_error_ends_every_rank()
    {
        File.WriteAllText(folder.File("file"), "");

        var run = ProgramRun.OfRanks(3, [.. arguments, "--out", folder.File("file/data")]);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages, Does.Contain("cannot be written"));
    }

    [Test]
    public void What_only_rank_0_cannot_do_ends_every_rank()
    {
        // Rank 0 is to complete a killed run, but a folder has the place of the manifest: no error of input or output in .NET.
        var (output, next) = (folder.File("odd"), folder.File("odd/.work/next"));
        Directory.CreateDirectory(Path.Combine(output, "dataset.yaml"));
        Directory.CreateDirectory(next);
        File.WriteAllText(Path.Combine(next, "dataset.yaml"), "");

        var run = ProgramRun.OfRanks(2, [.. arguments, "--out", output]);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages, Does.Contain("dataset.yaml' is denied").And.Not.Contain("bug"));
    }

    [TestCase("enmap", "nowhere: there is no such file or folder")]
    [TestCase("enmop", "enmop")]
    public void Input_that_cannot_be_used_ends_every_rank_and_leaves_nothing(string sensor, string reason)
    {
        var run = ProgramRun.OfRanks(2, "tile", folder.File("nowhere"), "--sensor", sensor, "--out", folder.File("nothing"));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages, Does.Contain(reason));
        Assert.That(Directory.Exists(folder.File("nothing")), Is.False);
    }

    [Test]
    public void When_no_patch_passes_every_rank_says_so()
    {
        var run = ProgramRun.OfRanks(2, "tile", scenes, "--patch-size", "512", "--max-nodata", "0", "--out", folder.File("none"));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages.Split("Not one patch passed"), Has.Length.EqualTo(3), run.All);
        Assert.That(Directory.GetFileSystemEntries(folder.File("none")), Is.Empty);
    }

    [Test]
    public void Where_no_scene_can_be_used_ranks_leave_the_reasons_alone()
    {
        Directory.CreateDirectory(folder.File("empty"));

        var run = ProgramRun.OfRanks(3, "tile", folder.File("empty"), "--out", folder.File("unused"));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages, Does.Contain("No scene could be used"));
        Assert.That(Directory.GetFileSystemEntries(folder.File("unused")).Select(Path.GetFileName), Is.EqualTo(new[] { "rejected.csv" }));
    }

    [Test]
    public void Under_mpirun_a_verb_that_runs_in_one_process_says_so()
    {
        var run = ProgramRun.OfRanks(2, "dataset", "info", single);

        Assert.That(run.ExitCode, Is.Zero, run.All);
        Assert.That(run.Messages, Does.Contain("mpirun started 2 processes, but dataset info runs in one"));
        Assert.That(ProgramRun.OfRanks(1, "dataset", "info", single).Messages, Does.Not.Contain("mpirun"));
    }

    [Test]
    public void After_a_rank_was_killed_the_same_command_goes_on()
    {
        var output = folder.File("killed");

        var killed = RunAndKillRank(1, [], output);
        var again = ProgramRun.OfRanks(2, [.. arguments, "--out", output]);

        Assert.That(killed.ExitCode, Is.EqualTo(137), "mpirun ends the job when a rank dies.");
        Assert.That(again.ExitCode, Is.EqualTo(3), again.All);
        Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(single)));
    }

    [TestCase(0)]
    [TestCase(2)]
    public void With_recovery_the_other_ranks_do_the_scenes_of_a_killed_one(int victim)
    {
        var output = folder.File($"recovered-{victim}");

        RunAndKillRank(victim, ["--enable-recovery"], output);

        Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(single)));
    }

    private ProgramRun RunAndKillRank(int victim, string[] options, string output)
    {
        using var process = Mpirun.Start(3, options, [ProgramRun.Program, .. arguments, "--out", output]);
        using (var rank = Rank(process, victim, output))
            rank.Kill();
        return ProgramRun.ToEnd(process, "mpirun with a killed rank");
    }

    /// <summary>The process of a rank, at a time when scenes are in work and none of the ranks is done.</summary>
    private static Process Rank(Process launcher, int rank, string output)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(1); Thread.Sleep(5))
        {
            if (!Directory.Exists(Path.Combine(output, ".work")) || Directory.GetDirectories(Path.Combine(output, ".work"), "*.partial").Length == 0)
                continue;
            return Mpirun.Rank(launcher, rank);
        }

        throw new TimeoutException($"{output}: no rank began with a scene within a minute.");
    }
}
