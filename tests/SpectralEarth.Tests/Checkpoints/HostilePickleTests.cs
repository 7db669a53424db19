using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SpectralEarth.Checkpoints;
using SpectralEarth.Checkpoints.PyTorch;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Checkpoints;

/// <summary>Pickles that want to run something, or to take all memory: each is refused by name and byte.</summary>
public sealed class HostilePickleTests
{
    private const string Tensor = "ctorch._utils\\n_rebuild_tensor_v2\\n";
    private const string Hooks = "ccollections\nOrderedDict\n)R";

    private static readonly string Storage = $"(X{Int(7)}storagectorch\nFloatStorage\nX{Int(1)}0X{Int(3)}cpuK\x02tQ";

    [TestCase("cos\\nsystem\\n(X\\x02\\x00\\x00\\x00lstR.", "'os.system' is refused", 0)]
    [TestCase("cposix\\nsystem\\nX\\x02\\x00\\x00\\x00ls\\x85R.", "'posix.system' is refused", 0)]
    [TestCase("cbuiltins\\neval\\n(X\\x01\\x00\\x00\\x001tR.", "'builtins.eval' is refused", 0)]
    [TestCase("c__builtin__\\ngetattr\\n.", "'__builtin__.getattr' is refused", 0)]
    [TestCase("\\x8c\\x02os\\x8c\\x06system\\x93)R.", "'os.system' is refused", 12)]
    [TestCase("\\x80\\x04\\x95\\x10\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x8c\\ntorch.load\\x94\\x8c\\x01x\\x94\\x93.", "'torch.load.x' is refused", 28)]
    [TestCase("ctorch._utils\\n_rebuild_sparse_tensor\\n.", "'torch._utils._rebuild_sparse_tensor' is refused", 0)]
    [TestCase("ctorch\\nload\\n.", "'torch.load' is refused", 0)]
    [TestCase("}X\\x01\\x00\\x00\\x00acpathlib\\nPosixPath\\n)\\x81s.", "'pathlib.PosixPath' is refused", 7)]
    [TestCase("(ios\\nsystem\\n.", "INST of os.system is refused", 1)]
    [TestCase("(ccollections\\nOrderedDict\\no.", "OBJ, which makes objects of classes, is refused", 26)]
    [TestCase("ccollections\\nOrderedDict\\n)\\x81.", "NEWOBJ, which makes objects of classes, is refused", 26)]
    [TestCase("\\x82\\x01.", "EXT1 is refused", 0)]
    [TestCase("Pnumber\\n.", "PERSID is refused", 0)]
    public void Code_is_refused_by_its_name_and_byte(string pickle, string fault, int at) => ExpectRefusal(Bytes(pickle), fault, at);

    [TestCase("])R.", "a call of something that is no known function", 2)]
    [TestCase("ctorch\\nFloatStorage\\n)R.", "a call of something that is no known function", 21)]
    [TestCase("ccollections\\nOrderedDict\\n(K\\x01tR.", "OrderedDict is called with other arguments", 29)]
    [TestCase(Tensor + ")R.", "RebuildTensor is called with other arguments", 34)]
    [TestCase(Tensor + "]R.", "a call has no tuple of arguments", 34)]
    [TestCase("}}b.", null, 0)]
    [TestCase("]}b.", "BUILD is allowed with a dict on a dict only", 2)]
    [TestCase(Tensor + "}b.", "BUILD is allowed with a dict on a dict only", 34)]
    public void Calls_of_other_things_are_refused(string pickle, string? fault, int at) => ExpectRefusal(Bytes(pickle), fault, at);

    [TestCase("X\\x03\\x00\\x00\\x00abcQ.", "persistent id that names no storage", 8)]
    [TestCase("(X\\x06\\x00\\x00\\x00moduleX\\x01\\x00\\x00\\x00mX\\x01\\x00\\x00\\x00sX\\x01\\x00\\x00\\x00stQ.", "persistent id of kind 'module'", 31)]
    [TestCase("(X\\x07\\x00\\x00\\x00storagectorch\\nFloatStorage\\nX\\x04\\x00\\x00\\x00../0X\\x03\\x00\\x00\\x00cpuK\\x02tQ0.", "POP is refused", 54)]
    [TestCase("(X\\x07\\x00\\x00\\x00storageNX\\x01\\x00\\x00\\x00" + "0X\\x03\\x00\\x00\\x00cpuK\\x02tQ.", "persistent id of kind 'storage'", 31)]
    public void Persistent_ids_of_anything_but_storages_are_refused(string pickle, string fault, int at) => ExpectRefusal(Bytes(pickle), fault, at);

    [TestCase("}r\\xff\\xff\\xff\\xff.", "memo 4294967295 is out of range", 1)]
    [TestCase("}h\\x05.", "memo 5 is read, but nothing was put there", 1)]
    [TestCase("\\x8b\\xff\\xff\\xff\\x7f1.", "a whole number has 2147483647 bytes", 5)]
    [TestCase("\\x8b\\xff\\xff\\xff\\xff1.", "a whole number has -1 bytes", 5)]
    [TestCase("\\x8a\\xff1.", "a whole number has 255 bytes", 2)]
    [TestCase("X\\xff\\xff\\xff\\x7f1.", "a text has 2147483647 bytes", 5)]
    [TestCase("\\x8d\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff1.", "a text has 18446744073709551615 bytes", 9)]
    [TestCase("X\\x09\\x00\\x00\\x00ab.", "the pickle ends, but 9 more bytes are announced", 5)]
    [TestCase("}", "the pickle ends", 1)]
    [TestCase("", "the pickle ends", 0)]
    [TestCase("}X\\x01\\x00\\x00\\x00", "the pickle ends", 6)]
    [TestCase("X\\x01\\x00\\x00\\x00\\xff.", "no valid UTF-8", 5)]
    [TestCase("s.", "the stack is empty", 0)]
    [TestCase("}K\\x01(s.", "the stack is empty", 4)]
    [TestCase("t.", "no mark on the stack", 0)]
    [TestCase("}(K\\x01u.", "a key without a value", 4)]
    [TestCase("}]K\\x01s.", "a key that is neither text nor whole number", 4)]
    [TestCase("K\\x01K\\x02a.", "appended to what is no list", 4)]
    [TestCase("\\x80\\x09.", "protocol 9 is unknown", 0)]
    [TestCase("\\xfe.", "no pickle instruction 0xfe", 0)]
    [TestCase("cno_end_of_line", "no end within 256 bytes", 1)]
    public void Broken_and_greedy_pickles_are_refused(string pickle, string fault, int at) => ExpectRefusal(Bytes(pickle), fault, at);

    [Test]
    public void Deep_nesting_is_refused()
    {
        ExpectRefusal(new string('(', 100_000), "more than 64 marks are open", 64);
        ExpectRefusal(new string(']', 1000) + new string('a', 1000), "nest deeper than 64", 1063);
        ExpectRefusal(")" + new string('\u0085', 100_000), "nest deeper than 64", 64);
    }

    [Test]
    public void A_bomb_of_references_costs_no_memory_and_is_refused()
    {
        var bomb = new StringBuilder("}X\x01\0\0\0a]()q\x01");
        for (var level = 2; level < 60; level++)
            bomb.Append('(').Append('h').Append((char)(level - 1)).Append('h').Append((char)(level - 1)).Append('t').Append('q').Append((char)level);
        bomb.Append("es.");
        var before = GC.GetTotalAllocatedBytes();

        ExpectRefusal(bomb.ToString(), "one of more than 200000", null);

        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(100_000_000));
    }

    [TestCase("2, 3, 4", "(K\\x05t", "(K\\x01t", "0", "reaches number 4 of storage '0', which has 2")]
    [TestCase("offset", "(K\\x01t", "(K\\x01t", "2", "reaches number 2")]
    [TestCase("huge offset", "(K\\x01t", "(K\\x01t", "J\\xff\\xff\\xff\\xff", "offset -1, which fit no storage")]
    [TestCase("negative size", "(J\\xff\\xff\\xff\\xfft", "(K\\x01t", "0", "fit no storage")]
    [TestCase("strides missing", "(K\\x01t", "(t", "0", "fit no storage")]
    [TestCase("overflow", "(\\x8a\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x00@\\x8a\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x00@\\x8a\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x00@t", "(K\\x08K\\x08K\\x08t", "0", "reaches number")]
    [TestCase("repeated", "(J\\x00\\x00\\x00@t", "(K\\x00t", "0", "repeats the 2 numbers")]
    public void A_tensor_outside_its_storage_is_refused(string _, string shape, string strides, string first, string fault)
    {
        var offset = first.Length == 1 ? $"K{(char)(first[0] - '0')}" : Bytes(first);
        var pickle = $"}}X{Int(1)}a{Bytes(Tensor)}({Storage}{offset}{Bytes(shape)}{Bytes(strides)}\u0089{Hooks}tRs.";

        ExpectRefusal(pickle, fault, pickle.Length - 3);
    }

    [Test]
    public void A_storage_that_is_missing_or_of_another_length_is_refused_by_its_entry()
    {
        var pickle = $"}}X{Int(1)}a{Bytes(Tensor)}({Storage}K\0(K\x02t(K\x01t\u0089{Hooks}tRs.";
        using var folder = new TemporaryFolder();

        Assert.That(() => PyTorchFile.Open(Zip(folder, pickle)), PyTorchFileTests.Refusal("entry \"a/data/0\", which holds a tensor's numbers, is missing"));
        Assert.That(() => PyTorchFile.Open(Zip(folder, pickle, new byte[7])), PyTorchFileTests.Refusal("entry \"a/data/0\" has 7 bytes, but 2 numbers of type Float32 need 8"));
        using var file = PyTorchFile.Open(Zip(folder, pickle, new byte[8]));
        Assert.That(file.Shape("a"), Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public void A_hostile_pickle_in_place_of_a_legacy_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.ckpt"), [0x80, 2, .. "cos\nsystem\n."u8]);

        Assert.That(() => WeightFile.Open(folder.File("a.ckpt")), PyTorchFileTests.Refusal("at byte 2: 'os.system' is refused"));
    }

    /// <summary>Opens a zip file with <paramref name="pickle"/> (characters are bytes); null for a pickle that is accepted.</summary>
    private static void ExpectRefusal(string pickle, string? fault, int? at)
    {
        using var folder = new TemporaryFolder();
        var path = Zip(folder, pickle);
        if (fault is null)
        {
            PyTorchFile.Open(path).Dispose();
            return;
        }

        const int start = 64;    // the first entry of the archive begins there
        var place = at is null ? "" : string.Create(CultureInfo.InvariantCulture, $"at byte {start + at}: ");
        Assert.That(() => PyTorchFile.Open(path), PyTorchFileTests.Refusal(place).With.Message.Contains(fault).With.Message.Contains(path));
    }

    private static string Zip(TemporaryFolder folder, string pickle, byte[]? storage = null)
    {
        using var stream = File.Create(folder.File("a.pth"));
        var zip = new ZipWriter(stream);
        zip.Add("a/data.pkl", Encoding.Latin1.GetBytes(pickle));
        if (storage is not null)
            zip.Add("a/data/0", storage);
        zip.Finish();
        return folder.File("a.pth");
    }

    /// <summary>Bytes in names of tests would break filters, so that cases spell them.</summary>
    private static string Bytes(string spelled) => Regex.Unescape(spelled);

    private static string Int(int value) => $"{(char)value}\0\0\0";
}
