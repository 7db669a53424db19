using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary><c>pretrain</c> under mpirun: any number of ranks learns what one process learns, and some of them may die.</summary>
public sealed class PretrainRankTests
{
    private const string Recipe = """
        encoder: { width: 16, depth: 1, heads: 2, token_size: 2 }
        batch_size: 8
        steps: 20
        optimizer: { learning_rate: 5e-4 }
        schedule: { warmup_steps: 2 }
        checkpoint_every: 5
        threads: 1
        loader_threads: 1
        device: cpu
        """;

    private const string Views = "augmentation.resized_crop_scale=[0.5, 1]";

    // AdamW turns rounding into steps where a gradient is nearly zero, and contrast within a batch of eight magnifies them.
    private const string Gentle = "optimizer={ name: sgd, learning_rate: 1e-4 }";

    private TemporaryFolder folder = null!;
    private string[] arguments = [];
    /// <summary>An uninterrupted run of two ranks with the recipe as it is, which several tests compare with.</summary>
    private Lazy<string> clean = null!;

    [OneTimeSetUp]
    public void MakeData()
    {
        folder = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--out", folder.File("scenes"), "--scenes", "2", "--dates", "2", "--size", "96", "--seed", "3");
        ProgramRun.Succeeds("tile", folder.File("scenes"), "--patch-size", "16", "--max-nodata", "0.9", "--max-cloud", "1", "--out", folder.File("data"));
        File.WriteAllText(folder.File("recipe.yaml"), Recipe);
        arguments = ["pretrain", "--data", folder.File("data"), "--recipe", folder.File("recipe.yaml"), "--set", "mae.decoder.width=16", "--set", "mae.decoder.heads=2"];
        clean = new Lazy<string>(() => RunOfTwo("clean", []));
    }

    [OneTimeTearDown]
    public void DeleteData() => folder.Dispose();

    [TestCase("mae", "mae.decoder.width=16", "mae.decoder.heads=2")]
    [TestCase("mae", "mae.decoder.width=16", "mae.decoder.heads=2", "accumulate=2", "encoder.width=32")]
    [TestCase("moco_v2", Views, Gentle, "moco_v2.hidden_width=32", "moco_v2.output_width=16", "moco_v2.queue_length=64")]
    [TestCase("moco_v3", Views, Gentle, "moco_v3.hidden_width=32", "moco_v3.output_width=16")]
    [TestCase("dino", Views, Gentle, "dino.hidden_width=32", "dino.outputs=16", "dino.bottleneck_width=8")]
    public void Two_ranks_of_half_the_batch_learn_what_one_of_the_whole_learns(string objective, params string[] settings)
    {
        var name = $"{objective}-{settings.Length}";
        string[] all = [.. arguments[..5], .. settings.Prepend($"objective={objective}").SelectMany(setting => new[] { "--set", setting })];

        ProgramRun.Succeeds([.. all, "--out", folder.File($"{name}-one")]);
        var run = ProgramRun.OfRanks(2, [.. all, "--out", folder.File($"{name}-two")]);

        var (one, two) = (Losses(folder.File($"{name}-one")), Losses(folder.File($"{name}-two")));
        Assert.That(run.ExitCode, Is.Zero, run.All);
        Assert.That(two, Has.Length.EqualTo(20));
        Assert.That(two.Zip(one, (ofTwo, ofOne) => Math.Abs(ofTwo - ofOne) / ofOne), Is.All.LessThan(1e-5));
    }

    [TestCase("overlap_gradients=false", "accumulate=2")]
    [TestCase("optimizer.sharded=true")]
    [TestCase("optimizer.sharded=true", "optimizer.name=lars")]
    public void Neither_overlap_nor_a_shared_optimizer_changes_a_bit(string setting, params string[] further)
    {
        string[] plain = [.. further.SelectMany(one => new[] { "--set", one })];
        var first = plain.Length == 0 ? clean.Value : RunOfTwo($"plain-{setting}-{further.Length}", plain);

        var second = RunOfTwo($"other-{setting}-{further.Length}", [.. plain, "--set", setting]);

        Assert.That(RunWeights.Of(second), Is.EqualTo(RunWeights.Of(first)));
    }

    [Test]
    public void Ranks_killed_together_go_on_to_the_weights_of_an_uninterrupted_run_with_as_many_and_with_fewer()
    {
        var killed = folder.File("killed");
        KillRanks(killed, [0, 1], []);
        FolderContent.Copy(killed, folder.File("fewer"));

        var again = ProgramRun.OfRanks(2, [.. arguments, "--out", killed]);
        var fewer = ProgramRun.Of([.. arguments, "--out", folder.File("fewer")]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.ExitCode, Is.Zero, again.All);
            Assert.That(RunWeights.Of(killed), Is.EqualTo(RunWeights.Of(clean.Value)));
            Assert.That(fewer.ExitCode, Is.Zero, fewer.All);
            Assert.That(Losses(folder.File("fewer")).Zip(Losses(killed), (one, two) => Math.Abs(one - two) / two), Is.All.LessThan(1e-5));
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    public void When_a_rank_dies_the_others_name_it_and_end_and_the_run_goes_on_with_another_number_of_ranks(int victim)
    {
        var output = folder.File($"died-{victim}");

        var died = KillRanks(output, [victim], ["--set", "steps=100000"]);      // the launcher ends the others, in about a second
        var again = ProgramRun.Of([.. arguments, "--out", output, "--set", "steps=100000", "--set", "seed=7"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(died.ExitCode, Is.Not.Zero);
            Assert.That(died.All, Does.Contain($"Rank {victim} of 2").And.Contain("ended without a word"));
            Assert.That(again.Messages, Does.Contain("another recipe"), "the folder is free again");
        }
    }

    [Test]
    public void Ranks_that_do_not_divide_the_batch_are_refused_once()
    {
        var run = ProgramRun.OfRanks(3, [.. arguments, "--out", folder.File("three")]);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages.Split("3 ranks do not divide batch_size 8"), Has.Length.EqualTo(2), run.All);
    }

    /// <summary>Folder of a run of two ranks, which must succeed.</summary>
    private string RunOfTwo(string name, string[] settings)
    {
        var run = ProgramRun.OfRanks(2, [.. arguments, .. settings, "--out", folder.File(name)]);
        Assert.That(run.ExitCode, Is.Zero, run.All);
        return folder.File(name);
    }

    /// <summary>Kills (SIGKILL) some of two ranks after a few steps.</summary>
    private ProgramRun KillRanks(string output, int[] victims, string[] settings)
    {
        using var launcher = Mpirun.Start(2, [], [ProgramRun.Program, .. arguments, "--out", output, .. settings]);
        var metrics = Path.Combine(output, "metrics.csv");
        for (var clock = Stopwatch.StartNew(); !File.Exists(metrics) || File.ReadLines(metrics).Count() < 8; Thread.Sleep(5))
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromMinutes(2)), "no step was done");
        var ranks = victims.Select(victim => Mpirun.Rank(launcher, victim)).ToList();
        var since = Stopwatch.StartNew();
        ranks.ForEach(rank => rank.Kill());
        var ended = ProgramRun.ToEnd(launcher, "mpirun with killed ranks");
        ranks.ForEach(rank => rank.Dispose());
        Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
        return ended;
    }

    private static double[] Losses(string run) =>
        [.. File.ReadLines(Path.Combine(run, "metrics.csv")).Skip(1).Select(line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture))];
}
