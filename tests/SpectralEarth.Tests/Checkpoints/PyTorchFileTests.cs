using SpectralEarth.Checkpoints;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class PyTorchFileTests
{
    [TestCase("golden/spec_vit_mini/weights.pth", "")]
    [TestCase("golden/spec_vit_mini/lightning.ckpt", "model.")]
    public void The_reference_s_files_hold_the_numbers_of_its_safetensors_file(string name, string prefix)
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var file = WeightFile.Open(SharedData.Path(name));
        using var expected = SafeTensorsFile.Open(SharedData.Path("golden/spec_vit_mini/weights.safetensors"));

        Assert.That(file.Format, Is.EqualTo("PyTorch, zip"));
        Assert.That(file.Names, Is.EqualTo(expected.Names.Select(key => prefix + key)));
        foreach (var key in expected.Names)
        {
            Assert.That((file.Type(prefix + key), string.Join(",", file.Shape(prefix + key))), Is.EqualTo((expected.Type(key), string.Join(",", expected.Shape(key)))), key);
            Assert.That(file.Read(prefix + key).bytes.SequenceEqual(expected.Read(key).bytes), key);
        }
    }

    [Test]
    public void Plain_values_of_a_Lightning_checkpoint_go_by_their_path()
    {
        using var file = PyTorchFile.Open(SharedData.Path("golden/spec_vit_mini/lightning.ckpt"));

        Assert.That(file.Metadata["epoch"], Is.EqualTo("3"));
        Assert.That(file.Metadata["global_step"], Is.EqualTo("100"));
        Assert.That(file.Metadata["hyper_parameters.num_heads"], Is.EqualTo("3"));
        Assert.That(file.Metadata["hyper_parameters.learning_rate"], Is.EqualTo("0.0001"));
        Assert.That(file.Metadata, Does.Not.ContainKey("hyper_parameters.pretrained_weights"));
    }

    [Test]
    public void Names_that_share_a_storage_are_found_at_one_place()
    {
        using var file = PyTorchFile.Open(SharedData.Path("golden/mae_mini/lightning.ckpt"));

        Assert.That(file.Names, Has.Count.EqualTo(205));
        Assert.That(file.Names.Select(file.Place).Distinct().Count(), Is.EqualTo(74));
    }

    [TestCase("legacy", "PyTorch, legacy", "")]
    [TestCase("protocol 4", "PyTorch, zip", "")]
    [TestCase("training", "PyTorch, zip", "model.")]
    public void Every_type_stride_and_offset_of_torch_s_own_files_is_honoured(string which, string format, string prefix)
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var file = PyTorchFile.Open(which switch
        {
            "legacy" => TorchFiles.Legacy(folder),
            "training" => TorchFiles.Training(folder),
            _ => TorchFiles.ProtocolFour(folder),
        });

        Assert.That(file.Format, Is.EqualTo(format));
        foreach (var (name, value) in Expected())
        {
            Assert.That(file.Type(prefix + name), Is.EqualTo(value.dtype), name);
            Assert.That(file.Shape(prefix + name), Is.EqualTo(value.shape), name);
            Assert.That(file.Read(prefix + name).bytes.ToArray(), Is.EqualTo(value.contiguous().bytes.ToArray()), name);
        }

        Assert.That(file.Names.Count(name => name.StartsWith(prefix, StringComparison.Ordinal) && !name.StartsWith("optimizer", StringComparison.Ordinal)), Is.EqualTo(Expected().Count));
    }

    [Test]
    public void Optimizer_state_and_settings_lie_beside_the_model()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var file = PyTorchFile.Open(TorchFiles.Training(folder));

        Assert.That(file.Read("optimizer.state.0.exp_avg").data<float>().ToArray(), Is.EqualTo(new[] { 1f, 1, 1 }));
        Assert.That(file.Metadata["optimizer.param_groups.0.lr"], Is.EqualTo("0.1"));
        Assert.That(file.Metadata["epoch"], Is.EqualTo("4"));
    }

    [Test]
    public void What_is_written_comes_back_bit_for_bit_and_the_same_bytes_again()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = Expected();

        PyTorchFile.Write(folder.File("a.pth"), tensors, new Dictionary<string, string> { ["notes"] = "ключ" });
        PyTorchFile.Write(folder.File("b.pth"), tensors.Reverse().ToDictionary(), new Dictionary<string, string> { ["notes"] = "ключ" });

        using var file = WeightFile.Open(folder.File("a.pth"));
        Assert.That(file.Names, Is.EqualTo(tensors.Keys.Order(StringComparer.Ordinal)));
        Assert.That(file.Metadata["notes"], Is.EqualTo("ключ"));
        foreach (var (name, value) in tensors)
        {
            Assert.That(file.Shape(name), Is.EqualTo(value.shape), name);
            Assert.That(file.Read(name).bytes.ToArray(), Is.EqualTo(value.contiguous().bytes.ToArray()), name);
            Assert.That(file.Place(name).Offset % 64, Is.Zero, name);
        }

        Assert.That(File.ReadAllBytes(folder.File("b.pth")), Is.EqualTo(File.ReadAllBytes(folder.File("a.pth"))));
    }

    [Test]
    public void An_ordinary_zip_reader_accepts_what_is_written_checksums_included()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        PyTorchFile.Write(folder.File("a.pth"), Expected());

        using var zip = System.IO.Compression.ZipFile.OpenRead(folder.File("a.pth"));

        Assert.That(zip.Entries.Select(entry => entry.FullName), Does.Contain("archive/data.pkl").And.Contain("archive/version").And.Contain("archive/byteorder"));
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            Assert.That(System.IO.Hashing.Crc32.HashToUInt32(copy.ToArray()), Is.EqualTo(entry.Crc32), entry.FullName);
        }
    }

    [Test]
    public void Other_files_are_refused_by_what_they_are()
    {
        using var folder = new TemporaryFolder();
        var tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));
        File.WriteAllBytes(folder.File("old.pth"), tar);
        File.WriteAllText(folder.File("empty.pth"), "");
        using (var zip = System.IO.Compression.ZipFile.Open(folder.File("script.pt"), System.IO.Compression.ZipArchiveMode.Create))
        {
            zip.CreateEntry("a/data.pkl", System.IO.Compression.CompressionLevel.NoCompression);
            zip.CreateEntry("a/constants.pkl", System.IO.Compression.CompressionLevel.NoCompression);
        }

        Assert.That(() => WeightFile.Open(folder.File("old.pth")), Refusal("tar form"));
        Assert.That(() => WeightFile.Open(folder.File("empty.pth")), Refusal("ends at byte 0"));
        Assert.That(() => WeightFile.Open(folder.File("none.pth")), Refusal("no such file"));
        Assert.That(() => WeightFile.Open(folder.File("script.pt")), Refusal("TorchScript"));
    }

    [Test]
    public void A_compressed_entry_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using (var zip = System.IO.Compression.ZipFile.Open(folder.File("a.pth"), System.IO.Compression.ZipArchiveMode.Create))
        {
            using var stream = zip.CreateEntry("a/data.pkl").Open();
            stream.Write(new byte[1000]);
        }

        Assert.That(() => WeightFile.Open(folder.File("a.pth")), Refusal("\"a/data.pkl\" is compressed"));
    }

    internal static NUnit.Framework.Constraints.Constraint Refusal(string fault) =>
        Throws.InstanceOf<CheckpointException>().With.Message.Contains(fault);

    private static Dictionary<string, Tensor> Expected()
    {
        var line = arange(24, float32);
        return new Dictionary<string, Tensor>
        {
            ["f32"] = line.reshape(2, 3, 4),
            ["transposed"] = line.reshape(4, 6).t(),
            ["slice"] = line[5..11],
            ["strided"] = arange(1, 24, 3, float32),
            ["expanded"] = full([3, 4], 7.5f),
            ["f16"] = arange(5).to(float16),
            ["bf16"] = arange(5).to(bfloat16),
            ["f64"] = arange(5).to(float64),
            ["i64"] = arange(5).to(int64),
            ["i32"] = arange(5).to(int32),
            ["i16"] = arange(5).to(int16),
            ["i8"] = arange(5).to(int8),
            ["u8"] = arange(5).to(uint8),
            ["bool"] = tensor(new[] { true, false, true }),
            ["scalar"] = tensor(3L),
            ["empty"] = zeros(0, 3),
            ["parameter"] = full([2, 2], 1.5f),
        };
    }
}
