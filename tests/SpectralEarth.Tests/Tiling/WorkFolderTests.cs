using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class WorkFolderTests
{
    /// <summary>A rank gives up the lock before it removes the lock's file; in between another takes the folder.</summary>
    [Test]
    public void A_rank_that_took_the_folder_while_another_removed_it_ends_well()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("data");
        new WorkFolder(output, Tiler.Job).Dispose();
        using var late = WorkFolder.TryTake(output);
        Assert.That(late, Is.Not.Null);
        Directory.Delete(WorkFolder.WorkOf(output), recursive: true);

        Assert.That(late!.RemoveWork, Throws.Nothing);
        Assert.That(Directory.GetFileSystemEntries(output), Is.Empty);
    }

    [Test]
    public void Removing_the_work_leaves_the_finished_files_alone()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("data");
        using var work = new WorkFolder(output, Tiler.Job);
        Directory.CreateDirectory(Path.Combine(work.Work, "unit"));
        File.WriteAllText(Path.Combine(work.Work, "unit", "part.parquet"), "part");
        File.WriteAllText(Path.Combine(work.Work, "scene.claim"), "");
        File.WriteAllText(Path.Combine(output, "dataset.yaml"), "finished");

        work.RemoveWork();

        Assert.That(Directory.GetFileSystemEntries(output).Select(Path.GetFileName), Is.EqualTo(new[] { "dataset.yaml" }));
    }

    [Test]
    public void A_file_in_place_of_the_folder_is_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("data"), "");

        Assert.That(() => new WorkFolder(folder.File("data"), Tiler.Job), Throws.TypeOf<DatasetException>().With.Message.EqualTo($"{folder.File("data")}: is a file; expected a folder for the data set. Choose another path."));
    }

    [Test]
    public void A_folder_in_use_is_refused_in_words_that_fit_every_job()
    {
        using var folder = new TemporaryFolder();
        using var work = new WorkFolder(folder.File("data"), "dataset import");

        Assert.That(() => new WorkFolder(folder.File("data"), "dataset import"), Throws.TypeOf<IOException>().With.Message.Contains("data: another process is working in it."));
    }
}
