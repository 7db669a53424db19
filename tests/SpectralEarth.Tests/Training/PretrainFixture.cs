using SpectralEarth.Testing;

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
}
