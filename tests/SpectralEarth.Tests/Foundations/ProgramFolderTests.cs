using SpectralEarth.Storage;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

[NonParallelizable]
public sealed class ProgramFolderTests
{
    private string? home;

    [SetUp]
    public void Keep_the_environment() => home = Environment.GetEnvironmentVariable(ProgramFolder.HomeVariable);

    [TearDown]
    public void Restore_the_environment() => Environment.SetEnvironmentVariable(ProgramFolder.HomeVariable, home);

    [Test]
    public void Folders_of_the_source_tree_are_found_from_a_build()
    {
        Environment.SetEnvironmentVariable(ProgramFolder.HomeVariable, null);

        Assert.That(File.Exists(Path.Combine(ProgramFolder.Find("datasets"), "enmap", "sensor.yaml")));
        Assert.That(File.Exists(Path.Combine(ProgramFolder.Find("checkpoints"), "demo", "pretrain.yaml")));
    }

    [Test]
    public void What_travels_with_the_program_goes_by_one_name_everywhere_unless_the_working_folder_has_it()
    {
        using var folder = new TemporaryFolder();
        Environment.SetEnvironmentVariable(ProgramFolder.HomeVariable, folder.Path);
        Directory.CreateDirectory(folder.File("checkpoints/own"));

        Assert.That(ProgramFolder.Locate("checkpoints/own"), Is.EqualTo(folder.File("checkpoints/own")));
        Assert.That(ProgramFolder.Locate("checkpoints/none"), Is.EqualTo("checkpoints/none"));
        Assert.That(ProgramFolder.Locate("own"), Is.EqualTo("own"));
        Assert.That(ProgramFolder.Locate(folder.File("checkpoints/own")), Is.EqualTo(folder.File("checkpoints/own")));
    }

    [Test]
    public void The_environment_variable_goes_first_and_alone()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("datasets"));
        Environment.SetEnvironmentVariable(ProgramFolder.HomeVariable, folder.Path);

        Assert.That(ProgramFolder.Find("datasets"), Is.EqualTo(folder.File("datasets")));
        Assert.That(() => ProgramFolder.Find("checkpoints"), Throws.InstanceOf<DirectoryNotFoundException>()
            .With.Message.EqualTo($"The folder 'checkpoints' is not at {folder.File("checkpoints")}. Install the program again, or set SPECTRALEARTH_HOME to the folder that holds 'checkpoints'."));
    }
}
