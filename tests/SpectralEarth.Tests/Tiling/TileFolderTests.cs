using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class TileFolderTests
{
    /// <summary>A rank gives up the lock before it removes the lock's file; in between another takes the folder.</summary>
    [Test]
    public void A_rank_that_took_the_folder_while_another_removed_it_ends_well()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("data");
        new TileFolder(output, Tiler.Job).Dispose();
        using var late = TileFolder.TryTake(output);
        Assert.That(late, Is.Not.Null);
        Directory.Delete(TileFolder.WorkOf(output), recursive: true);

        Assert.That(late!.RemoveWork, Throws.Nothing);
        Assert.That(Directory.GetFileSystemEntries(output), Is.Empty);
    }

    [Test]
    public void Removing_the_work_leaves_the_finished_files_alone()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("data");
        using var tiles = new TileFolder(output, Tiler.Job);
        Directory.CreateDirectory(Path.Combine(tiles.Work, "unit"));
        File.WriteAllText(Path.Combine(tiles.Work, "unit", "part.parquet"), "part");
        File.WriteAllText(Path.Combine(tiles.Work, "scene.claim"), "");
        File.WriteAllText(Path.Combine(output, "dataset.yaml"), "finished");

        tiles.RemoveWork();

        Assert.That(Directory.GetFileSystemEntries(output).Select(Path.GetFileName), Is.EqualTo(new[] { "dataset.yaml" }));
    }
}
