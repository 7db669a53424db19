using SpectralEarth.Checkpoints;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class CheckpointReportTests
{
    [Test]
    public void A_run_s_checkpoint_is_described_with_its_verified_checksum_and_recipe()
    {
        using var run = new TemporaryFolder();
        var checkpoint = CheckpointFile.PathOfStep(run.Path, 100);
        Directory.CreateDirectory(Path.GetDirectoryName(checkpoint)!);
        File.Move(Samples.Run(run, Samples.Mae), checkpoint);
        File.WriteAllText(run.File("recipe.yaml"), "steps: 100\n");

        var report = CheckpointReport.Of(run.Path);

        Assert.That(CheckpointReport.Concerns(run.Path));
        Assert.That((report.Path, report.Format, report.ChecksumOf), Is.EqualTo((checkpoint, "safetensors", "data, verified")));
        Assert.That(report.Description!.ToJson(), Is.EqualTo(Samples.Mae.ToJson()));
        Assert.That(report.Recipe, Is.EqualTo("steps: 100\n"));
        Assert.That(report.Parts.Select(part => (part.Part, part.Tensors)), Is.EqualTo(new[] { (WeightPart.Encoder, 39), (WeightPart.Decoder, 20) }));
        Assert.That(report.Parts.Sum(part => part.Bytes), Is.LessThan(report.Bytes).And.GreaterThan(report.Bytes - 20_000));
        Assert.That(report.Tensors.Single(row => row.Name == "model.encoder.vit_core.pos_embed").Shape, Is.EqualTo(new long[] { 1, 17, 32 }));
    }

    [Test]
    public void A_damaged_checkpoint_is_not_described()
    {
        using var folder = new TemporaryFolder();
        var run = Samples.Run(folder, Samples.Mae);
        var bytes = File.ReadAllBytes(run);
        bytes[^1] ^= 1;
        File.WriteAllBytes(run, bytes);

        Assert.That(() => CheckpointReport.Of(run), PyTorchFileTests.Refusal("damaged"));
    }

    [Test]
    public void A_training_checkpoint_counts_shared_numbers_once_and_shows_its_settings()
    {
        var report = CheckpointReport.Of(SharedData.Path("golden/mae_mini/lightning.ckpt"));

        Assert.That(report.Tensors, Has.Count.EqualTo(205));
        Assert.That(report.Parts.Single(part => part.Part == WeightPart.Encoder).Numbers, Is.EqualTo(483_555));
        Assert.That(report.Values["hyper_parameters.mask_ratio"], Is.EqualTo("0.9"));
        Assert.That((report.Description, report.ChecksumOf), Is.EqualTo(((ModelDescription?)null, "file")));
    }

    [Test]
    public void Folders_without_weights_are_left_to_others()
    {
        using var folder = new TemporaryFolder();

        Assert.That(CheckpointReport.Concerns(folder.Path), Is.False);
        Assert.That(CheckpointReport.Concerns(folder.File("none")), Is.False);
        Exporter.Export(Samples.Run(folder, Samples.Mae), folder.File("hub"), new ExportOptions { Format = ExportFormat.HuggingFace });
        Assert.That(CheckpointReport.Concerns(folder.File("hub")));
        Assert.That(CheckpointReport.Of(folder.File("hub")).Tensors, Has.Count.EqualTo(39));
    }

    [Test]
    public void A_comparison_lists_presence_shape_type_and_values_with_their_norms()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(folder.File("a"), new Dictionary<string, Tensor>
        {
            ["model.encoder.vit_core.norm.bias"] = tensor(new[] { 3f, 4f }),
            ["equal"] = ones(3),
            ["gone"] = ones(4),
            ["shape"] = ones(4),
            ["type"] = ones(4),
        });
        PyTorchFile.Write(folder.File("b"), new Dictionary<string, Tensor>
        {
            ["vit_core.norm.bias"] = tensor(new[] { 3f, 2f }),
            ["equal"] = ones(3),
            ["new"] = ones(9),
            ["shape"] = ones(2, 2),
            ["type"] = ones([4], float16),
        });

        var comparison = WeightComparison.Of(folder.File("a"), folder.File("b"));

        Assert.That(comparison.Equal, Is.EqualTo(1));
        Assert.That(comparison.Differences, Is.EqualTo(new TensorDifference[]
        {
            new("Encoder: vit_core.norm.bias", "values", 5, Math.Sqrt(13), 2, 2),
            new("gone", "only in A", 2, null, null, null),
            new("new", "only in B", null, 3, null, null),
            new("shape", "[4] and [2, 2]", 2, 2, null, null),
            new("type", "Float32 and Float16", 2, 2, 0, 0),
        }));
    }
}
