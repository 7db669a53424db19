using SpectralEarth.Testing;
using TorchSharp;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>Bad input through the program: a clear message, the right exit code, nothing corrupt left behind.</summary>
[Parallelizable]
public sealed class BadInputTests
{
    private TemporaryFolder folder = null!;

    /// <summary>One ground at two dates, for all tests; a test that damages a scene takes a copy.</summary>
    private TemporaryFolder sound = null!;

    [OneTimeSetUp]
    public void MakeScenes()
    {
        sound = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--out", sound.Path, "--scenes", "1", "--dates", "2", "--size", "96", "--seed", "5");
    }

    [OneTimeTearDown]
    public void DeleteScenes() => sound.Dispose();

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_scene_folder_that_does_not_exist_fails_and_is_named()
    {
        var run = ProgramRun.Of("inspect", folder.File("nowhere"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain("nowhere"));
    }

    [Test]
    public void A_product_without_metadata_fails_and_says_what_is_missing()
    {
        File.WriteAllText(folder.File("something.TIF"), "x");

        var run = ProgramRun.Of("inspect", folder.Path);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain("METADATA.XML"));
    }

    [Test]
    public void A_truncated_image_is_rejected_and_the_other_scenes_go_on()
    {
        FolderContent.Copy(sound.Path, folder.File("scenes"));
        var image = Directory.GetFiles(folder.File("scenes"), "*-SPECTRAL_IMAGE.TIF", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        using (var stream = File.OpenWrite(image))
            stream.SetLength(stream.Length / 2);

        var run = ProgramRun.Of("tile", folder.File("scenes"), "--out", folder.File("data"), "--patch-size", "32");

        Assert.That(run.ExitCode, Is.EqualTo(3), run.All);
        Assert.That(File.ReadAllText(folder.File("data/rejected.csv")), Does.Contain(Path.GetFileName(Path.GetDirectoryName(image)!)));
    }

    [Test]
    public void A_metadata_file_with_an_external_entity_is_refused()
    {
        FolderContent.Copy(sound.Path, folder.File("scenes"));
        var metadata = Directory.GetFiles(folder.File("scenes"), "*-METADATA.XML", SearchOption.AllDirectories).First();
        var text = File.ReadAllText(metadata);
        var root = text.IndexOf("<level_X", StringComparison.Ordinal);
        File.WriteAllText(metadata, text.Insert(root, "<!DOCTYPE level_X [<!ENTITY secret SYSTEM \"file:///etc/passwd\">]>\n"));

        var run = ProgramRun.Of("inspect", Path.GetDirectoryName(metadata)!);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.All, Does.Not.Contain("root:").And.Contain("METADATA.XML"));
    }

    [Test]
    public void An_unknown_recipe_key_names_file_line_key_and_the_nearest_one()
    {
        File.WriteAllText(folder.File("recipe.yaml"), "seed: 1\nmask_ration: 0.9\n");

        var run = ProgramRun.Of("pretrain", "--data", folder.Path, "--recipe", folder.File("recipe.yaml"), "--out", folder.File("run"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain("recipe.yaml:2").And.Contain("mask_ration").And.Contain("mask_ratio"));
    }

    [Test]
    public void A_GPU_in_the_recipe_of_a_machine_without_one_fails_and_is_no_bug()
    {
        Assume.That(torch.cuda.is_available(), Is.False);

        var run = ProgramRun.Of("bench", "--set", "device=cuda");

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages, Does.Contain("no CUDA GPU can be used").And.Not.Contain("bug"));
    }

    [Test]
    public void A_full_disk_fails_cleanly_and_the_same_command_succeeds_once_there_is_room()
    {
        using var disk = SmallDisk.Mount(megabytes: 2);

        var full = ProgramRun.Of("tile", sound.Path, "--out", Path.Combine(disk.Path, "data"), "--patch-size", "32");
        disk.Resize(megabytes: 200);
        var roomy = ProgramRun.Of("tile", sound.Path, "--out", Path.Combine(disk.Path, "data"), "--patch-size", "32");

        Assert.That(full.ExitCode, Is.EqualTo(1), full.All);
        Assert.That(full.Messages, Does.Contain("space").IgnoreCase);
        Assert.That(roomy.ExitCode, Is.Zero, roomy.All);
    }

    [Test]
    public void An_output_that_cannot_be_written_fails_and_is_named()
    {
        File.WriteAllText(folder.File("file"), "in the way");

        var run = ProgramRun.Of("tile", sound.Path, "--out", folder.File("file/data"), "--patch-size", "32");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Messages, Does.Contain(folder.File("file")).And.Contain("cannot be written").And.Not.Contain("bug"));
    }

    [Test]
    public void Labels_of_other_ground_reject_the_scene_and_tell_both_places()
    {
        var grounds = folder.File("grounds");
        ProgramRun.Succeeds("synth", "--out", grounds, "--scenes", "2", "--dates", "1", "--size", "96", "--seed", "5");
        var labels = Path.Combine(grounds, "scene-02", "labels.tif");

        var run = ProgramRun.Of("tile", Path.Combine(grounds, "scene-01"), "--labels", labels, "--out", folder.File("data"), "--patch-size", "32");

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.All, Does.Contain("at left 367335 m").And.Contain("do not overlap the scene; expected left 364095 m"));
    }

    [TestCase("--size", "20")]
    [TestCase("--scenes", "0")]
    [TestCase("--dates", "-1")]
    public void Sizes_outside_their_range_are_bad_usage(string option, string value)
    {
        var run = ProgramRun.Of("synth", "--out", "nowhere", option, value);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.All);
        Assert.That(run.Messages, Does.Contain("must lie from"));
    }

    [Test]
    public void Choices_may_be_written_in_any_case()
    {
        var run = ProgramRun.Of("export", "nowhere", "--format", "HuggingFace", "--out", "never");

        Assert.That(run.ExitCode, Is.EqualTo(1), run.All);
        Assert.That(run.Messages, Does.Contain("nowhere"));
    }
}
