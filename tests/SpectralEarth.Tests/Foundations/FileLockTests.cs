using SpectralEarth.Storage;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class FileLockTests
{
    [Test]
    public void A_lock_is_held_alone_or_shared_and_free_when_disposed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("lock");

        using (FileLock.TryTake(path))
        {
            Assert.That(FileLock.TryTake(path), Is.Null);
            Assert.That(FileLock.TryShare(path), Is.Null);
        }

        using (FileLock.TryShare(path))
        using (var second = FileLock.TryShare(path))
        {
            Assert.That(second, Is.Not.Null);
            Assert.That(FileLock.TryTakeExisting(path), Is.Null);
        }

        using var free = FileLock.TryTakeExisting(path);
        Assert.That(free, Is.Not.Null);
    }

    [Test]
    public void A_missing_file_is_an_error_where_it_is_not_to_be_made()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<FileNotFoundException>(() => FileLock.TryTakeExisting(folder.File("lock")));
        Assert.Throws<DirectoryNotFoundException>(() => FileLock.TryShare(folder.File("absent/lock")));
    }
}
