using System.Buffers.Binary;
using System.Text;
using SpectralEarth.Checkpoints;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class SafeTensorsFileTests
{
    private const string Entry = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    [Test]
    public void Tensors_of_every_type_and_shape_come_back_bit_for_bit()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = Samples();
        SafeTensorsFile.Write(folder.File("a.safetensors"), tensors, new Dictionary<string, string> { ["ключ"] = "wert \"1\"\n" });

        using var file = SafeTensorsFile.Open(folder.File("a.safetensors"));

        Assert.That(file.Names, Is.EqualTo(tensors.Keys.Order(StringComparer.Ordinal)));
        Assert.That(file.Metadata["ключ"], Is.EqualTo("wert \"1\"\n"));
        foreach (var (name, tensor) in tensors)
        {
            var read = file.Read(name);
            Assert.That(file.Shape(name), Is.EqualTo(tensor.shape), name);
            Assert.That(file.Type(name), Is.EqualTo(tensor.dtype), name);
            Assert.That(read.bytes.ToArray(), Is.EqualTo(tensor.contiguous().bytes.ToArray()), name);
        }

        Assert.That(file.VerifyChecksum, Throws.Nothing);
    }

    [Test]
    public void Equal_contents_give_equal_bytes_whatever_the_order()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = Samples();
        var metadata = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" };

        SafeTensorsFile.Write(folder.File("a"), tensors, metadata);
        SafeTensorsFile.Write(folder.File("b"), tensors.Reverse().ToDictionary(), metadata.Reverse().ToDictionary());

        Assert.That(File.ReadAllBytes(folder.File("b")), Is.EqualTo(File.ReadAllBytes(folder.File("a"))));
    }

    [Test]
    public void Data_begin_at_a_multiple_of_64_and_each_tensor_at_a_multiple_of_its_number()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensors = Samples();
        SafeTensorsFile.Write(folder.File("a"), tensors);

        var bytes = File.ReadAllBytes(folder.File("a"));
        var header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var json = System.Text.Json.JsonDocument.Parse(bytes.AsMemory(8, (int)header));

        Assert.That((8 + header) % 64, Is.Zero);
        foreach (var (name, tensor) in tensors.Where(pair => pair.Value.NumberOfElements > 0))
        {
            var begin = json.RootElement.GetProperty(name).GetProperty("data_offsets")[0].GetInt64();
            Assert.That(begin % tensor.ElementSize, Is.Zero, name);
        }
    }

    [Test]
    public void A_changed_byte_of_data_is_found_by_the_checksum()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(folder.File("a"), Samples());
        var bytes = File.ReadAllBytes(folder.File("a"));
        bytes[^3] ^= 1;
        File.WriteAllBytes(folder.File("a"), bytes);

        using var file = SafeTensorsFile.Open(folder.File("a"));

        Assert.That(file.VerifyChecksum, Throws.InstanceOf<CheckpointException>().With.Message.Contains("damaged"));
    }

    [TestCase("\"step\":60", "\"step\":30")]
    [TestCase("\"position\"", "\"posXtion\"")]
    [TestCase("\"f32\"", "\"f33\"")]
    public void A_changed_header_is_found_by_its_checksum(string before, string after)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(folder.File("a"), Samples(), new Dictionary<string, string> { ["position"] = "{\"step\":60}" });
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(folder.File("a")));
        File.WriteAllBytes(folder.File("a"), Encoding.Latin1.GetBytes(text.Replace(before, after, StringComparison.Ordinal).Replace(Escaped(before), Escaped(after), StringComparison.Ordinal)));

        using var file = SafeTensorsFile.Open(folder.File("a"));

        Assert.That(file.VerifyChecksum, Throws.InstanceOf<CheckpointException>().With.Message.Contains("header").And.Message.Contains("damaged"));

        static string Escaped(string json) => json.Replace("\"", "\\\"", StringComparison.Ordinal);
    }

    [Test]
    public void A_file_without_checksum_cannot_be_verified()
    {
        using var folder = new TemporaryFolder();
        using var file = SafeTensorsFile.Open(Made(folder, $"{{{Entry}}}", 8));

        Assert.That(file.VerifyChecksum, Throws.InstanceOf<CheckpointException>().With.Message.Contains("no checksum").And.Message.Contains("import"));
    }

    [TestCase("", "begin with '{'")]
    [TestCase("[]", "begin with '{'")]
    [TestCase("{", "no valid JSON")]
    [TestCase("{}x", "no valid JSON")]
    [TestCase("{" + Entry + "," + Entry + "}", "occurs twice")]
    [TestCase("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}," + Entry + "}", "occurs twice")]
    [TestCase("{\"__metadata__\":{\"k\":1}," + Entry + "}", "\"k\" has Number")]
    [TestCase("{\"\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "empty name")]
    [TestCase("{\"a\":1}", "\"a\" has Number")]
    [TestCase("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", "type F8_E4M3")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "non-negative")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", "non-negative")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "needs 12 bytes")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "needs 8 bytes")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "lacks")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "lacks")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}", "unknown or repeated entry \"more\"")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,0,9],\"data_offsets\":[0,8]}}", "larger than any file")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "begins at byte 4")]
    [TestCase("{" + Entry + ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "begins at byte 4")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "end at byte 4")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", "end at byte 12")]
    public void A_header_that_breaks_a_rule_is_refused_by_name_of_the_rule(string header, string fault)
    {
        using var folder = new TemporaryFolder();
        var path = Made(folder, header, 8);

        Assert.That(() => SafeTensorsFile.Open(path), Throws.InstanceOf<CheckpointException>().With.Message.Contains(fault).And.Message.Contains(path));
    }

    [Test]
    public void Missing_short_and_overlong_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("short"), [1, 2, 3]);
        File.WriteAllBytes(folder.File("long"), [255, 255, 255, 255, 255, 255, 255, 255, 123]);

        Assert.That(() => SafeTensorsFile.Open(folder.File("none")), Throws.InstanceOf<CheckpointException>().With.Message.Contains("no such file"));
        Assert.That(() => SafeTensorsFile.Open(folder.File("short")), Throws.InstanceOf<CheckpointException>().With.Message.Contains("ends at byte 3"));
        Assert.That(() => SafeTensorsFile.Open(folder.File("long")), Throws.InstanceOf<CheckpointException>().With.Message.Contains("header claims"));
    }

    [Test]
    public void A_missing_tensor_and_a_truth_value_of_two_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var file = SafeTensorsFile.Open(Made(folder, "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8, fill: 2));

        Assert.That(() => file.Read("b"), Throws.InstanceOf<CheckpointException>().With.Message.Contains("no tensor \"b\""));
        Assert.That(() => file.Read("a"), Throws.InstanceOf<CheckpointException>().With.Message.Contains("truth value"));
    }

    private static Dictionary<string, Tensor> Samples() => new()
    {
        ["b.bool"] = tensor(new[] { true, false, true }),
        ["f64"] = arange(6, float64).reshape(2, 3) / 7,
        ["f32"] = (arange(24, float32) / 7).reshape(2, 3, 4).transpose(0, 2),              // not contiguous
        ["f16"] = (arange(5, float32) / 7).to(float16),
        ["bf16"] = (arange(5, float32) / 7).to(bfloat16),
        ["i64"] = tensor(long.MinValue),                                                    // no dimension
        ["i32"] = tensor(new[] { int.MinValue, 7 }),
        ["i16"] = tensor(new short[] { -32768, 7, 8 }),
        ["i8"] = tensor(new sbyte[] { -128, 7 }),
        ["u8"] = tensor(new byte[] { 255, 7, 9 }),
        ["empty"] = zeros(0, 3),
    };

    private static string Made(TemporaryFolder folder, string header, int dataBytes, byte fill = 0)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        bytes.AsSpan(8 + text.Length).Fill(fill);
        File.WriteAllBytes(folder.File("made.safetensors"), bytes);
        return folder.File("made.safetensors");
    }
}
