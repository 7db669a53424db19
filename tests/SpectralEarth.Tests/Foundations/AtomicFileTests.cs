using SpectralEarth.Storage;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class AtomicFileTests
{
    [Test]
    public void A_file_is_written_whole_and_replaces_the_one_before()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("recipe.yaml");

        AtomicFile.WriteText(path, "first, and longer");
        AtomicFile.WriteText(path, "sécond");

        Assert.That(File.ReadAllBytes(path), Is.EqualTo("sécond"u8.ToArray()));
        Assert.That(Directory.GetFiles(folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void The_checksum_counted_while_writing_is_that_of_the_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("shard.parquet");
        var bytes = Enumerable.Range(0, 100_000).Select(i => (byte)(i * i)).ToArray();

        var checksum = AtomicFile.WriteWithChecksum(path, stream =>
        {
            stream.Write(bytes.AsSpan(0, 70_000));
            stream.WriteAsync(bytes.AsMemory(70_000)).AsTask().Wait();
            Assert.That(stream.Position, Is.EqualTo(bytes.Length));
        });

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes));
        Assert.That(checksum, Is.EqualTo(Checksum.OfFile(path)));
    }

    [Test]
    public void A_file_so_large_that_it_is_flushed_while_it_is_written_is_complete()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large.parquet");
        var bytes = Enumerable.Range(0, 1 << 20).Select(i => (byte)(i * 7)).ToArray();

        var checksum = AtomicFile.WriteWithChecksum(path, stream =>
        {
            for (var megabyte = 0; megabyte < 150; megabyte++)
                stream.Write(bytes);
        });

        Assert.That(new FileInfo(path).Length, Is.EqualTo(150L << 20));
        Assert.That(checksum, Is.EqualTo(Checksum.OfFile(path)));
    }

    [Test]
    public void A_write_that_fails_leaves_the_file_before_and_no_rest()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("shard.parquet");
        AtomicFile.WriteText(path, "before");

        Assert.That(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidDataException("cut");
        }), Throws.InstanceOf<InvalidDataException>());

        Assert.That(File.ReadAllText(path), Is.EqualTo("before"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void The_rest_of_a_killed_process_is_overwritten()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("shard.parquet");
        File.WriteAllText(path + AtomicFile.TemporarySuffix, "a long rest of a process that was killed");

        AtomicFile.WriteText(path, "new");

        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    [Platform("Linux", Reason = "/dev/full stands for a full disk")]
    public void A_full_disk_leaves_the_file_before()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("checkpoint");
        AtomicFile.WriteText(path, "before");
        File.CreateSymbolicLink(path + AtomicFile.TemporarySuffix, "/dev/full");

        Assert.That(() => AtomicFile.Write(path, stream => stream.Write(new byte[1 << 20])), Throws.InstanceOf<IOException>().With.Message.Contain("No space left"));

        Assert.That(File.ReadAllText(path), Is.EqualTo("before"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_folder_that_cannot_be_written_to_is_an_input_output_error()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        Directory.CreateDirectory(folder.File("taken" + AtomicFile.TemporarySuffix));

        Assert.That(() => AtomicFile.WriteText(folder.File("file/below"), ""), Throws.InstanceOf<IOException>());
        Assert.That(() => AtomicFile.Prepare(folder.File("file/below")), Throws.InstanceOf<IOException>());
        Assert.That(() => AtomicFile.WriteText(folder.File("taken"), ""), Throws.InstanceOf<IOException>().With.Message.Contain("Choose a folder that you may write to."));
    }

    [Test]
    public void The_folder_of_a_file_is_made()
    {
        using var folder = new TemporaryFolder();

        AtomicFile.WriteText(folder.File("new/er/file"), "content");

        Assert.That(File.ReadAllText(folder.File("new/er/file")), Is.EqualTo("content"));
    }

    [Test]
    public void A_file_in_place_of_a_folder_is_refused_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("maps"));
        var written = false;

        Assert.That(() => AtomicFile.Write(folder.File("maps"), _ => written = true), Throws.InstanceOf<IOException>().With.Message.Contain("folder of this name"));
        Assert.That(() => AtomicFile.Prepare(folder.File("maps")), Throws.InstanceOf<IOException>().With.Message.Contain("folder of this name"));
        Assert.That(written, Is.False);
    }

    [Test]
    public void Preparing_makes_the_folder_and_leaves_no_file()
    {
        using var folder = new TemporaryFolder();

        AtomicFile.Prepare(folder.File("new/file"));

        Assert.That(Directory.Exists(folder.File("new")), Is.True);
        Assert.That(Directory.GetFiles(folder.File("new")), Is.Empty);
    }

    [Test]
    public void Checksums_are_those_of_xxh3()
    {
        using var stream = new MemoryStream("spectral"u8.ToArray());

        Assert.That(Checksum.ToText(Checksum.Of([])), Is.EqualTo("2d06800538d394c2"), "XXH3-64 of nothing, from the reference implementation");
        Assert.That(Checksum.Of(stream), Is.EqualTo(Checksum.Of("spectral"u8)));
        Assert.That(Checksum.Of("spectral"u8), Is.Not.EqualTo(Checksum.Of("spectraL"u8)));
    }
}
