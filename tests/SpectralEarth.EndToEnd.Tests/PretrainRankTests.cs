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

    // Of these the first ten steps say as much: the queue of 64 is full after eight.
    private const string TenSteps = "steps=10";

    private static readonly string[] SmallDecoder = ["mae.decoder.width=16", "mae.decoder.heads=2"];

    /// <summary>Settings of the runs that two ranks make to their end.</summary>
    private static readonly Dictionary<string, string[]> RunsOfTwo = new()
    {
        ["mae"] = SmallDecoder,
        ["in-parts"] = [.. SmallDecoder, "accumulate=2", "encoder.width=32"],
        ["in-parts-without-overlap"] = [.. SmallDecoder, "accumulate=2", "encoder.width=32", "overlap_gradients=false"],
        ["moco_v2"] = ["objective=moco_v2", TenSteps, Views, Gentle, "moco_v2.hidden_width=32", "moco_v2.output_width=16", "moco_v2.queue_length=64"],
        ["moco_v3"] = ["objective=moco_v3", TenSteps, Views, Gentle, "moco_v3.hidden_width=32", "moco_v3.output_width=16"],
        ["dino"] = ["objective=dino", TenSteps, Views, Gentle, "dino.hidden_width=32", "dino.outputs=16", "dino.bottleneck_width=8"],
        ["shared"] = [.. SmallDecoder, "optimizer.sharded=true"],
        ["lars"] = [.. SmallDecoder, TenSteps, "optimizer.name=lars"],
        ["lars-shared"] = [.. SmallDecoder, TenSteps, "optimizer.name=lars", "optimizer.sharded=true"],
    };

    private TemporaryFolder folder = null!;
    private string[] arguments = [];
    private Lazy<ProgramRun> runsOfTwo = null!;

    [OneTimeSetUp]
    public void MakeData()
    {
        folder = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--out", folder.File("scenes"), "--scenes", "2", "--dates", "2", "--size", "96", "--seed", "3");
        ProgramRun.Succeeds("tile", folder.File("scenes"), "--patch-size", "16", "--max-nodata", "0.9", "--max-cloud", "1", "--out", folder.File("data"));
        File.WriteAllText(folder.File("recipe.yaml"), Recipe);
        arguments = ["pretrain", "--data", folder.File("data"), "--recipe", folder.File("recipe.yaml"), .. SmallDecoder.SelectMany(setting => new[] { "--set", setting })];
        runsOfTwo = new Lazy<ProgramRun>(MakeRunsOfTwo);
    }

    [OneTimeTearDown]
    public void DeleteData() => folder.Dispose();

    [TestCase("mae")]
    [TestCase("in-parts")]
    [TestCase("moco_v2")]
    [TestCase("moco_v3")]
    [TestCase("dino")]
    public void Two_ranks_of_half_the_batch_learn_what_one_of_the_whole_learns(string name)
    {
        PretrainProgram.Train(folder.File("data"), folder.File("recipe.yaml"), folder.File($"{name}-alone"), RunsOfTwo[name]);

        var (one, two) = (Losses(folder.File($"{name}-alone")), Losses(RunOfTwo(name)));

        Assert.That(two, Has.Length.EqualTo(RunsOfTwo[name].Contains(TenSteps) ? 10 : 20));
        Assert.That(two.Zip(one, (ofTwo, ofOne) => Math.Abs(ofTwo - ofOne) / ofOne), Is.All.LessThan(1e-5));
    }

    [TestCase("in-parts", "in-parts-without-overlap")]
    [TestCase("mae", "shared")]
    [TestCase("lars", "lars-shared")]
    public void Neither_overlap_nor_a_shared_optimizer_changes_a_bit(string plain, string other) =>
        Assert.That(RunWeights.Of(RunOfTwo(other)), Is.EqualTo(RunWeights.Of(RunOfTwo(plain))));

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
            Assert.That(RunWeights.Of(killed), Is.EqualTo(RunWeights.Of(RunOfTwo("mae"))));
            Assert.That(fewer.ExitCode, Is.Zero, fewer.All);
            Assert.That(Losses(folder.File("fewer")).Zip(Losses(killed), (one, two) => Math.Abs(one - two) / two), Is.All.LessThan(1e-5));
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    public void When_a_rank_dies_the_others_name_it_and_end_and_the_folder_is_free(int victim)
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

    [TestCase("steps=3", "--quiet")]
    [TestCase("steps=3")]
    [TestCase("steps=-1")]
    public void Ranks_print_no_control_characters_though_mpirun_gives_them_a_terminal(string setting, params string[] quiet)
    {
        var output = folder.File($"plain-{setting}{string.Concat(quiet)}");
        string[] terminal = ["-x", "TERM=xterm-256color"];

        using var launcher = Mpirun.Start(2, terminal, [ProgramRun.Program, .. arguments, "--out", output, "--set", setting, .. quiet]);
        var run = ProgramRun.ToEnd(launcher, "mpirun with a coloured terminal");

        Assert.That(run.All.Where(character => char.IsControl(character) && character != '\n'), Is.Empty, run.All);
        Assert.That(run.Output, setting == "steps=3" ? Does.Contain(output) : Is.Empty);
        if (quiet.Length > 0)
            Assert.That(run.Output.TrimEnd(), Is.EqualTo(output));
    }

    /// <summary>Folder of a run that two ranks made.</summary>
    private string RunOfTwo(string name)
    {
        Assert.That(runsOfTwo.Value.ExitCode, Is.Zero, runsOfTwo.Value.All);
        return folder.File(name);
    }

    private ProgramRun MakeRunsOfTwo()
    {
        var runs = RunsOfTwo.Select(run => string.Join(';', run.Value.Prepend(folder.File(run.Key))));
        using var launcher = Mpirun.Start(2, [], ["dotnet", "exec", typeof(PretrainProgram).Assembly.Location, folder.File("data"), folder.File("recipe.yaml"), .. runs]);
        return ProgramRun.ToEnd(launcher, "mpirun with several runs");
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
