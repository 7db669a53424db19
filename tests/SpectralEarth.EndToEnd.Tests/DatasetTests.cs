using System.Text.Json;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>The verbs that look at, check, divide, merge and export data sets, and tile onto one.</summary>
[Parallelizable]
public sealed class DatasetTests
{
    private TemporaryFolder folder = null!;

    private string[] Scenes => [.. Directory.GetDirectories(folder.File("scenes"), "ENMAP*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [OneTimeSetUp]
    public void TileScenes()
    {
        folder = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--out", folder.File("scenes"), "--scenes", "2", "--dates", "1", "--size", "96", "--seed", "3");
        Tile("both", Scenes);
        Tile("first", Scenes[0]);
        Tile("second", Scenes[1]);
    }

    [OneTimeTearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Info_counts_what_the_data_set_holds()
    {
        var json = JsonDocument.Parse(ProgramRun.Succeeds("dataset", "info", folder.File("both"), "--json").Output).RootElement;

        Assert.That(json.GetProperty("scenes").GetInt32(), Is.EqualTo(2));
        Assert.That(json.GetProperty("channels").GetInt32(), Is.EqualTo(202));
        Assert.That(json.GetProperty("ratio").GetDouble(), Is.GreaterThan(1.5));
        Assert.That(ProgramRun.Succeeds("dataset", "info", folder.File("both")).Output, Does.Contain(json.GetProperty("fingerprint").GetString()));
    }

    [Test]
    public void A_dry_run_writes_nothing_and_added_or_merged_scenes_give_the_bytes_of_one_run()
    {
        var forecast = ProgramRun.Succeeds("tile", Scenes[0], Scenes[1], "--patch-size", "32", "--max-cloud", "1", "--out", folder.File("first"), "--dry-run");
        Assert.That(forecast.Output, Does.Contain("present, not read").And.Contain("1 new scene "));
        Assert.That(FolderContent.Of(folder.File("first")), Is.Not.EqualTo(FolderContent.Of(folder.File("both"))));

        ProgramRun.Succeeds("dataset", "merge", folder.File("first"), folder.File("second"), "--out", folder.File("merged"));
        Tile("first", Scenes[1]);

        Assert.That(FolderContent.Of(folder.File("first")), Is.EqualTo(FolderContent.Of(folder.File("both"))));
        Assert.That(FolderContent.Of(folder.File("merged")), Is.EqualTo(FolderContent.Of(folder.File("both"))));
        var refused = ProgramRun.Of("tile", Scenes[0], "--patch-size", "16", "--out", folder.File("both"));
        Assert.That((refused.ExitCode, refused.Messages.Contains("then patch_size = 32", StringComparison.Ordinal)), Is.EqualTo((1, true)), refused.All);
    }

    [Test]
    public void Verify_finds_a_flipped_byte_and_ends_with_1()
    {
        Assert.That(ProgramRun.Succeeds("dataset", "verify", folder.File("both")).Output, Does.Contain("sound"));
        FolderContent.Copy(folder.File("second"), folder.File("damaged"));
        var shard = folder.File("damaged/shards/shard-00000.parquet");
        var bytes = File.ReadAllBytes(shard);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(shard, bytes);

        var run = ProgramRun.Of("dataset", "verify", folder.File("damaged"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Output, Does.Contain("bytes have changed").And.Contain(", location 32633-32-").And.Contain(", scene ENMAP01"));
    }

    [Test]
    public void Split_export_and_preview_leave_their_files()
    {
        var split = ProgramRun.Succeeds("dataset", "split", folder.File("both"), "--block-size", "1", "--out", folder.File("split.csv"));
        ProgramRun.Succeeds("dataset", "export", folder.File("both"), "--out", folder.File("tiffs"));
        ProgramRun.Succeeds("dataset", "preview", folder.File("both"), "--out", folder.File("page.html"));

        var lines = File.ReadAllLines(folder.File("split.csv"));
        var tiffs = Directory.GetFiles(folder.File("tiffs"), "*.tif", SearchOption.AllDirectories);
        Assert.That(split.Output, Does.Contain("validation"));
        Assert.That(lines.Skip(1).Select(line => line.Split(',')[0]), Is.EquivalentTo(Directory.GetDirectories(folder.File("tiffs")).Select(Path.GetFileName)));
        Assert.That(tiffs, Has.Length.EqualTo(2 * (lines.Length - 1)));
        Assert.That(File.ReadAllText(folder.File("page.html")), Does.Contain("<h2>Spectra</h2>"));
    }

    [Test]
    public void Wrong_arguments_of_a_verb_of_the_group_are_bad_usage()
    {
        Assert.That(ProgramRun.Of("dataset", "merge", folder.File("both"), "--out", folder.File("no")).ExitCode, Is.EqualTo(2));
        Assert.That(ProgramRun.Of("dataset", "split", folder.File("both"), "--test", "2").ExitCode, Is.EqualTo(2));
        Assert.That(ProgramRun.Of("dataset", "split", folder.File("both"), "--by", "colour").Messages, Does.Contain("spectralearth dataset split --help"));
        Assert.That(ProgramRun.Of("dataset", "info", folder.File("nothing")).ExitCode, Is.EqualTo(1));
    }

    private void Tile(string output, params string[] scenes) =>
        ProgramRun.Succeeds(["tile", .. scenes, "--patch-size", "32", "--max-cloud", "1", "--out", folder.File(output)]);
}
