using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Testing;
using TorchSharp;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>A checkpoint of the reference's MoCo with a spectral ResNet-50, as far as files go.</summary>
[Parallelizable]
public sealed class ResidualNetworkTests
{
    [Test]
    public void A_MoCo_checkpoint_is_imported_described_and_exported_under_the_same_names()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var model = new SpectralResNet50(new EncoderConfig { Architecture = EncoderArchitecture.SpecResnet50 }, seed: 1);
        var weights = model.state_dict();
        PyTorchFile.Write(folder.File("moco.ckpt"), weights.ToDictionary(pair => "backbone." + pair.Key, pair => pair.Value));
        var home = ProgramRun.Home(folder.File("home"));

        var import = ProgramRun.InHome(home, "import", folder.File("moco.ckpt"), "--as", "moco", "--patch-size", "64");
        var inspect = ProgramRun.Succeeds("inspect", folder.File("home/checkpoints/moco"));
        ProgramRun.Succeeds("export", folder.File("home/checkpoints/moco"), "--format", "pytorch", "--out", folder.File("again.pth"));
        var compare = ProgramRun.Of("inspect", "--compare", folder.File("again.pth"), folder.File("moco.ckpt"));
        ProgramRun.Succeeds("export", folder.File("home/checkpoints/moco"), "--format", "onnx", "--out", folder.File("encoder.onnx"));

        Assert.That(import.ExitCode, Is.Zero, import.All);
        Assert.That(import.All, Does.Contain($"matched {weights.Count} tensors").And.Contain("missing none"));
        Assert.That(inspect.Output, Does.Contain("spectral adapter, then ResNet-50 without stem").And.Contain("64 x 64 pixels"));
        Assert.That(compare.Output, Does.Contain(" 0 differ"));
        using var exported = WeightFile.Open(folder.File("again.pth"));
        Assert.That(exported.Names, Is.EquivalentTo(weights.Keys));
        Assert.That(new FileInfo(folder.File("encoder.onnx")).Length, Is.GreaterThan(24_000_000 * 4L));
    }
}
