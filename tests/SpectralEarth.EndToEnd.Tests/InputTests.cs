using System.Text.Json;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>Inputs of other kinds than EnMAP products, and what tile does to pixels and wavelengths.</summary>
[Parallelizable]
public sealed class InputTests
{
    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void WriteScenes()
    {
        folder = new TemporaryFolder();
        ProgramRun.Succeeds("synth", "--out", folder.File("scenes"), "--scenes", "1", "--dates", "2", "--size", "96", "--seed", "3");
        Tile("tiled");
        ProgramRun.Succeeds("dataset", "export", folder.File("tiled"), "--out", folder.File("published/enmap"));
        // The published data have no validity beside the images.
        foreach (var file in Directory.GetFiles(folder.File("published"), "*.validity.tif", SearchOption.AllDirectories))
            File.Delete(file);
    }

    [OneTimeTearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Exported_patches_lie_as_the_published_data_and_are_imported_again_while_a_bad_file_is_rejected()
    {
        var broken = Directory.CreateDirectory(folder.File("published/enmap/0000001")).FullName;
        File.WriteAllText(Path.Combine(broken, "00042.tif"), "no TIFF");

        var run = ProgramRun.Of("dataset", "import", "spectralearth", folder.File("published"), "--patch-size", "32", "--out", folder.File("imported"));

        Assert.That(run.ExitCode, Is.EqualTo(3), run.All);
        Assert.That(run.Messages, Does.Contain("00042.tif"));
        Assert.That(ProgramRun.Succeeds("dataset", "verify", folder.File("imported")).Output, Does.Contain("sound"));
        Assert.That(Info("imported").GetProperty("patches").GetInt32(), Is.EqualTo(Info("tiled").GetProperty("patches").GetInt32()));
    }

    [Test]
    public void Exported_patches_are_tiled_as_images_of_the_sensor()
    {
        var image = Directory.GetFiles(folder.File("published/enmap"), "ENMAP*.tif", SearchOption.AllDirectories)[0];

        var run = ProgramRun.Of("tile", image, "--patch-size", "32", "--out", folder.File("image"));

        Assert.That(run.ExitCode, Is.Zero, run.All);
        Assert.That(Info("image").GetProperty("patches").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public void Limits_masks_and_wavelengths_are_taken_from_the_command_line()
    {
        Tile("mapped", "--max-water", "0.5", "--mask", "cloud,cloud-shadow", "--wavelengths", "linear", "--bands", "1-10,142-160");

        Assert.That(File.ReadAllText(folder.File("mapped/tile.yaml")), Does.Contain("max_water = 0.5").And.Contain("mask = cloud cloud-shadow").And.Contain("wavelengths = Linear").And.Contain("bands = 1-10, 142-160"));
        Assert.That(Info("mapped").GetProperty("channels").GetInt32(), Is.EqualTo(29));
        var wrong = ProgramRun.Of("tile", folder.File("scenes"), "--mask", "clouds", "--out", folder.File("wrong"));
        var bands = ProgramRun.Of("tile", folder.File("scenes"), "--bands", "1-x", "--out", folder.File("wrong"));
        Assert.That((wrong.ExitCode, bands.ExitCode), Is.EqualTo((2, 2)), wrong.All + bands.All);
        Assert.That(wrong.Messages, Does.Contain("'clouds'").And.Contain("cloud-shadow"));
    }

    private void Tile(string name, params string[] options) =>
        ProgramRun.Succeeds(["tile", folder.File("scenes"), "--patch-size", "32", "--max-cloud", "1", "--out", folder.File(name), .. options]);

    private JsonElement Info(string name) =>
        JsonDocument.Parse(ProgramRun.Succeeds("dataset", "info", folder.File(name), "--json").Output).RootElement;
}
