using SpectralEarth.Checkpoints;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

/// <summary>A folder with a tiny data set for pretraining runs.</summary>
public abstract class PretrainFixture
{
    protected TemporaryFolder Folder { get; private set; } = null!;

    protected string Data { get; private set; } = null!;

    [SetUp]
    public void MakeData()
    {
        Folder = new TemporaryFolder();
        Data = TinyDataset.Write(Folder.File("data"));
    }

    [TearDown]
    public void DeleteData() => Folder.Dispose();

    /// <summary>Asserts that two runs of seven steps ended with the same weights and state, bit for bit.</summary>
    protected void AssertSameTensors(string one, string other)
    {
        using var scope = NewDisposeScope();
        using var first = SafeTensorsFile.Open(Folder.File($"{one}/checkpoints/step-00000007.safetensors"));
        using var second = SafeTensorsFile.Open(Folder.File($"{other}/checkpoints/step-00000007.safetensors"));
        Assert.That(second.Names, Is.EqualTo(first.Names));
        Assert.That(second.Metadata, Is.EquivalentTo(first.Metadata));
        foreach (var name in first.Names)
            Assert.That(second.Read(name).bytes.SequenceEqual(first.Read(name).bytes), name);
    }
}
