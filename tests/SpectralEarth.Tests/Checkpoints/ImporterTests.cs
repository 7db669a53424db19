using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Storage;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class ImporterTests
{
    private static readonly MaeConfig Shape = new() { Encoder = Samples.Encoder, DecoderWidth = 32, DecoderHeads = 2 };
    private static readonly WeightImportOptions Options = Samples.Import with { Model = Shape };

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase("golden/spec_vit_mini/weights.safetensors", 51, "Head 2")]
    [TestCase("golden/spec_vit_mini/weights.pth", 51, "Head 2")]
    [TestCase("golden/spec_vit_mini/lightning.ckpt", 51, "Head 2")]
    [TestCase("golden/mae_mini/weights.safetensors", 71, "Head 2, Other 1")]
    [TestCase("golden/mae_mini/lightning.ckpt", 71, "Head 4, Other 1")]
    public void The_reference_s_files_match_completely_and_name_what_is_left_over(string name, int matched, string leftOver)
    {
        var source = SharedData.Path(name);
        var mini = new MaeConfig { Encoder = new EncoderConfig { PatchSize = 32, Width = 96, Depth = 2, Heads = 3 }, DecoderWidth = 64, DecoderHeads = 4 };

        var report = Importer.Import(source, folder.Path, Samples.Import with { Model = mini });

        Assert.That(report.Matched, Has.Count.EqualTo(matched));
        Assert.That(report.Missing, Is.Empty);
        Assert.That(string.Join(", ", report.LeftOver.Select(part => $"{part.Key} {part.Value.Count}")), Is.EqualTo(leftOver));
        Assert.That(CheckpointFile.Resolve(folder.Path), Is.EqualTo(report.Path));
        var differences = WeightComparison.Of(report.Path, source).Differences;
        Assert.That(differences.Select(row => row.Kind), Is.All.EqualTo("only in B"));
        Assert.That(report.Description.Encoder.Positions, Is.EqualTo(matched == 71 ? PositionalEmbedding.SineCosine : PositionalEmbedding.Learned));
    }

    [TestCase(WeightPart.Encoder, "backbone.", "backbone_momentum.", "projection_head.", "projection_head_momentum.")]
    [TestCase(WeightPart.MomentumEncoder, "backbone_momentum.", "backbone.", "projection_head_momentum.", "projection_head.")]
    [TestCase(WeightPart.Encoder, "student_backbone.", "teacher_backbone.", "student_head.", "teacher_head.")]
    [TestCase(WeightPart.MomentumEncoder, "teacher_backbone.", "student_backbone.", "teacher_head.", "student_head.")]
    [TestCase(WeightPart.MomentumEncoder, "teacher.module.backbone.", "student.module.backbone.", "teacher_head.", "student_head.")]
    public void Of_two_encoders_the_one_that_is_asked_for_is_taken(WeightPart part, string wanted, string other, string head, string otherHead)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (FirstWeights(1), FirstWeights(2));
        var tensors = With(first, wanted).Concat(With(second, other)).ToDictionary();
        tensors[head + "layers.0.weight"] = ones(2, 2);
        tensors[otherHead + "layers.0.weight"] = ones(2, 2);
        PyTorchFile.Write(folder.File("moco.ckpt"), tensors);

        var report = Importer.Import(folder.File("moco.ckpt"), folder.File("out"), Options with { Part = part });

        Expect(report.Path, first);
        Assert.That(report.Description.Architecture, Is.EqualTo("encoder"));
        Assert.That(report.LeftOver.Values.Select(names => names.Count), Is.EquivalentTo(new[] { second.Count, 1, 1 }));
    }

    [TestCase("")]
    [TestCase("module.")]
    [TestCase("model.")]
    [TestCase("model.module.backbone.")]
    [TestCase("_orig_mod.encoder.vit.spec_vit.")]
    public void Prefixes_of_wrappers_are_passed_over(string prefix)
    {
        using var scope = NewDisposeScope();
        var weights = FirstWeights(1);
        SafeTensorsFile.Write(folder.File("a.safetensors"), With(weights, prefix));

        var report = Importer.Import(folder.File("a.safetensors"), folder.File("out"), Options);

        Expect(report.Path, weights);
    }

    [Test]
    public void Counters_may_be_missing_but_no_weights_and_then_nothing_is_written()
    {
        using var scope = NewDisposeScope();
        var weights = FirstWeights(1);
        foreach (var counter in weights.Keys.Where(key => key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToArray())
            weights.Remove(counter);
        SafeTensorsFile.Write(folder.File("a.safetensors"), weights);
        weights["vit_core.norms.bias"] = weights["vit_core.norm.bias"];
        weights.Remove("vit_core.norm.bias");
        SafeTensorsFile.Write(folder.File("b.safetensors"), weights);

        var report = Importer.Import(folder.File("a.safetensors"), folder.File("out"), Options);

        Assert.That(report.Missing, Has.Count.EqualTo(3).And.All.EndsWith("num_batches_tracked"));
        Assert.That(() => Importer.Import(folder.File("b.safetensors"), folder.File("no"), Options), PyTorchFileTests.Refusal("missing: encoder.vit_core.norm.bias"));
        Assert.That(folder.File("no"), Does.Not.Exist);
    }

    [Test]
    public void Two_different_tensors_for_one_key_are_refused()
    {
        using var scope = NewDisposeScope();
        var tensors = With(FirstWeights(1), "encoder.vit.spec_vit.");
        tensors["encoder.vit.vit_core.norm.bias"] = full(32, 0.5f);
        SafeTensorsFile.Write(folder.File("a.safetensors"), tensors);

        Assert.That(() => Importer.Import(folder.File("a.safetensors"), folder.File("out"), Options), PyTorchFileTests.Refusal("both stand for encoder.vit_core.norm.bias"));
    }

    [Test]
    public void Another_image_size_needs_leave_and_then_learned_positions_are_interpolated_and_the_class_token_kept()
    {
        using var scope = NewDisposeScope();
        var weights = FirstWeights(1);
        var ramp = arange(4, float32).view(1, 4, 1).expand(4, 4, 32).reshape(16, 32);       // grows from column to column
        weights["vit_core.pos_embed"] = cat([full(1, 32, -7f), ramp], 0).unsqueeze(0);
        SafeTensorsFile.Write(folder.File("a.safetensors"), weights);

        Assert.That(() => Importer.Import(folder.File("a.safetensors"), folder.File("out"), Options with { PatchSize = 32 }),
            PyTorchFileTests.Refusal("images of 16 pixels").With.Message.Contains("--interpolate-positions"));
        var report = Importer.Import(folder.File("a.safetensors"), folder.File("out"), Options with { PatchSize = 32, InterpolatePositions = true });

        using var file = SafeTensorsFile.Open(report.Path);
        var positions = file.Read("model.encoder.vit_core.pos_embed");
        Assert.That(positions.shape, Is.EqualTo(new long[] { 1, 65, 32 }));
        Assert.That(positions[0, 0].eq(-7).all().item<bool>());
        var row = positions[0, 1..9, 5].data<float>().ToArray();
        Assert.That(row, Is.Ordered.And.All.InRange(-0.2f, 3.2f));
        Assert.That(row[3], Is.EqualTo(1.25f).Within(0.1f));                                // a quarter of an old token left of the middle
        Assert.That(report.Description.Encoder.PatchSize, Is.EqualTo(32));
    }

    [Test]
    public void Fixed_positions_are_computed_for_another_image_size()
    {
        using var scope = NewDisposeScope();
        Samples.Run(folder, Samples.Mae);

        var report = Importer.Import(folder.File("run.safetensors"), folder.File("out"), Samples.Import with { PatchSize = 24, InterpolatePositions = true });

        using var file = SafeTensorsFile.Open(report.Path);
        using var expected = new MaskedAutoencoder(Samples.Mae.Mae! with { Encoder = Samples.Encoder with { PatchSize = 24 } });
        var state = expected.state_dict();
        foreach (var key in new[] { "encoder.vit_core.pos_embed", "decoder.decoder_pos_embed" })
            Assert.That(file.Read("model." + key).bytes.SequenceEqual(state[key].bytes), key);
    }

    [Test]
    public void Other_bands_need_leave_and_then_the_prediction_follows_the_wavelengths()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = new MaskedAutoencoder(Samples.Mae.Mae!, seed: 1);
        model.state_dict()["decoder.decoder_pred.bias"].copy_(tensor(Enumerable.Range(0, 16).SelectMany(_ => Samples.Mae.WavelengthsNm).Select(nm => (float)nm).ToArray()));
        Samples.Write(folder.File("run.safetensors"), model, Samples.Mae);
        double[] nm = [.. Enumerable.Range(0, 80).Select(i => 419.0 + (0.5 * i))];
        var bands = new InputBands([.. Enumerable.Range(1, 80)], nm, [.. nm], [.. nm], -1, 10);

        Assert.That(() => Importer.Import(folder.File("run.safetensors"), folder.File("out"), new WeightImportOptions { Bands = bands }),
            PyTorchFileTests.Refusal("made for 202 bands, but 80 are wanted").With.Message.Contains("--adapt-bands"));
        var report = Importer.Import(folder.File("run.safetensors"), folder.File("out"), new WeightImportOptions { Bands = bands, AdaptBands = true });

        using var file = SafeTensorsFile.Open(report.Path);
        var bias = file.Read("model.decoder.decoder_pred.bias").data<float>().ToArray();
        Assert.That(bias, Has.Length.EqualTo(16 * 80));
        Assert.That(bias[..80], Is.EqualTo(nm).Within(1e-3), "a bias that is the wavelength stays the wavelength");
        Assert.That(report.Description.Mean, Is.EqualTo(nm));
        Assert.That(WeightComparison.Of(report.Path, folder.File("run.safetensors")).Differences.Select(row => row.Key),
            Is.EqualTo(new[] { "Decoder: decoder_pred.bias", "Decoder: decoder_pred.weight" }));
    }

    private static readonly ModelDescription[] Descriptions = [Samples.Mae, Samples.Segmentation, Samples.Classification, Samples.Regression];

    [Test]
    public void What_is_exported_comes_back_bit_for_bit_with_its_description(
        [Values(ExportFormat.SafeTensors, ExportFormat.PyTorch, ExportFormat.HuggingFace)] ExportFormat format, [ValueSource(nameof(Descriptions))] ModelDescription description)
    {
        var run = Samples.Run(folder, description);
        var files = Exporter.Export(run, folder.File("exported" + format switch { ExportFormat.PyTorch => ".pth", ExportFormat.SafeTensors => ".safetensors", _ => "" }), new ExportOptions { Format = format, Part = ExportPart.Full, MostBytesPerFile = 100_000 }).Files;
        var source = files.FirstOrDefault(file => file.EndsWith(ShardedSafeTensors.IndexSuffix, StringComparison.Ordinal)) ?? files[0];

        var report = Importer.Import(source, folder.File("back"), Samples.Import);

        Assert.That(report.Description.ToJson(), Is.EqualTo(description.ToJson()));
        Assert.That(WeightComparison.Of(run, folder.File("back")).Differences, Is.Empty);
        Assert.That(Checksum.OfFile(report.Path), Is.EqualTo(Checksum.OfFile(run)));
    }

    private static readonly EncoderConfig[] Families =
    [
        new() { Architecture = EncoderArchitecture.SpecResnet50 },
        new() { Architecture = EncoderArchitecture.Resnet50, Bands = 202 },
        new() { Architecture = EncoderArchitecture.Vit, PatchSize = 16, TokenSize = 8, Width = 192, Depth = 1, Heads = 3, Positions = PositionalEmbedding.Learned },
    ];

    [Test]
    public void Training_checkpoints_of_every_family_are_recognised_by_their_names([ValueSource(nameof(Families))] EncoderConfig shape)
    {
        using var scope = NewDisposeScope();
        using var model = Encoder.Create(shape, seed: 1);
        var core = shape.IsTransformer ? "vit_core." : "resnet.";
        var reference = model.state_dict().ToDictionary(pair => shape.HasAdapter ? pair.Key : pair.Key[core.Length..], pair => pair.Value);
        var head = shape is { IsTransformer: true } ? "head." : shape.HasAdapter ? "resnet.fc." : "fc.";
        var file = With(reference, "backbone.").Concat(With(reference.ToDictionary(pair => pair.Key, _ => zeros(1)), "backbone_momentum.")).ToDictionary();
        file["backbone." + head + "weight"] = file["projection_head.layers.0.weight"] = file["projection_head_momentum.layers.0.weight"] = ones(2, 2);
        PyTorchFile.Write(folder.File("moco.ckpt"), file);

        var report = Importer.Import(folder.File("moco.ckpt"), folder.File("out"), Samples.Import);

        Expect(report.Path, model.state_dict().ToDictionary());
        Assert.That(report.Description.EncoderOnly, Is.EqualTo(shape));
        Assert.That(shape.Summary.Contains("spectral adapter, then ResNet-50 without stem", StringComparison.Ordinal), Is.EqualTo(shape.HasAdapter));
        Assert.That(string.Join(", ", report.LeftOver.Select(part => $"{part.Key} {part.Value.Count}")),
            Is.EqualTo($"MomentumEncoder {reference.Count}, Head 2, MomentumHead 1"));
    }

    [Test]
    public void An_exported_encoder_has_the_reference_s_names_and_comes_back([ValueSource(nameof(Families))] EncoderConfig shape)
    {
        using var model = Encoder.Create(shape, seed: 1);
        var description = Samples.Mae.OfEncoder() with { EncoderOnly = shape };
        SafeTensorsFile.Write(
            folder.File("run.safetensors"), model.state_dict().ToDictionary(pair => CheckpointFile.EncoderPrefix + pair.Key, pair => pair.Value),
            new Dictionary<string, string> { [ModelDescription.MetadataKey] = description.ToJson() });

        Exporter.Export(folder.File("run.safetensors"), folder.File("encoder.safetensors"), new ExportOptions());
        var report = Importer.Import(folder.File("encoder.safetensors"), folder.File("back"), Samples.Import);

        using var exported = SafeTensorsFile.Open(folder.File("encoder.safetensors"));
        Assert.That(exported.Names, Has.Member(shape.HasAdapter ? "resnet.layer1.0.conv1.weight" : shape.IsTransformer ? "cls_token" : "conv1.weight"));
        Assert.That(report.Description.ToJson(), Is.EqualTo(description.ToJson()));
        Assert.That(Checksum.OfFile(report.Path), Is.EqualTo(Checksum.OfFile(folder.File("run.safetensors"))));
    }

    [Test]
    public void A_residual_network_takes_another_image_size_as_it_is_and_one_without_adapter_no_other_bands()
    {
        using var scope = NewDisposeScope();
        using var spectral = Encoder.Create(Families[0], seed: 1);
        using var plain = Encoder.Create(Families[1] with { Bands = 100 }, seed: 1);
        SafeTensorsFile.Write(folder.File("spectral"), spectral.state_dict());
        SafeTensorsFile.Write(folder.File("plain"), plain.state_dict());

        var report = Importer.Import(folder.File("spectral"), folder.File("out"), Samples.Import with { PatchSize = 64 });

        Assert.That(report.Description.Encoder.PatchSize, Is.EqualTo(64));
        Assert.That(() => Importer.Import(folder.File("plain"), folder.File("no"), Samples.Import with { AdaptBands = true }),
            PyTorchFileTests.Refusal("bound to its 100 bands"));
    }

    [TestCase("safetensors", "have checksum")]
    [TestCase("pth", "CRC-32")]
    public void Weights_that_disagree_with_their_checksum_are_refused_by_import_and_inspection(string format, string fault)
    {
        using var scope = NewDisposeScope();
        var (path, weights) = (folder.File("weights." + format), FirstWeights(1));
        if (format == "pth")
            PyTorchFile.Write(path, weights);
        else
            SafeTensorsFile.Write(path, weights);
        using (var file = WeightFile.Open(path))
            Flip(path, file.Place("vit_core.cls_token").Offset + 3);

        Assert.That(() => Importer.Import(path, folder.File("out"), Options), PyTorchFileTests.Refusal(fault).With.Message.Contains("damaged"));
        Assert.That(() => CheckpointReport.Of(path), PyTorchFileTests.Refusal(fault));
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
    }

    [Test]
    public void Weights_that_are_there_are_never_replaced()
    {
        var run = Samples.Run(folder, Samples.Mae);
        Importer.Import(run, folder.File("out"), Samples.Import);

        Assert.That(() => Importer.Import(run, folder.File("out"), Samples.Import), PyTorchFileTests.Refusal("exists already"));
    }

    [Test]
    public void Unknown_heads_and_other_networks_are_refused_with_what_to_do()
    {
        using var scope = NewDisposeScope();
        SafeTensorsFile.Write(folder.File("vit"), FirstWeights(1));
        SafeTensorsFile.Write(folder.File("adapter"), new Dictionary<string, Tensor> { ["spectral_adapter.0.bias"] = ones(32), ["resnet.fc.bias"] = ones(3) });

        Assert.That(() => Importer.Import(folder.File("vit"), folder.File("out"), Samples.Import), PyTorchFileTests.Refusal("width 32 is none of the published ones").With.Message.Contains("--recipe"));
        Assert.That(() => Importer.Import(folder.File("adapter"), folder.File("out"), Options), PyTorchFileTests.Refusal("it holds no encoder of this program").With.Message.Contains("spectral_adapter.0.bias"));
        Assert.That(() => Importer.Import(folder.File("vit"), folder.File("out"), Options with { Model = Shape with { Encoder = Shape.Encoder with { Depth = 3 } } }),
            PyTorchFileTests.Refusal("depth 1").With.Message.Contains("recipe's spectral adapter, then ViT of width 32, depth 3"));
    }

    private static Dictionary<string, Tensor> FirstWeights(long seed)
    {
        using var model = new SpectralViT(Samples.Encoder with { Positions = PositionalEmbedding.Learned }, seed: seed);
        return model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
    }

    private static Dictionary<string, Tensor> With(Dictionary<string, Tensor> weights, string prefix) =>
        weights.ToDictionary(pair => prefix + pair.Key, pair => pair.Value);

    private static void Flip(string path, long position)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[position] ^= 0x40;
        File.WriteAllBytes(path, bytes);
    }

    private static void Expect(string path, Dictionary<string, Tensor> weights)
    {
        using var file = SafeTensorsFile.Open(path);
        Assert.That(file.Names, Is.EquivalentTo(weights.Keys.Select(key => "model.encoder." + key)));
        foreach (var (key, value) in weights)
            Assert.That(file.Read("model.encoder." + key).bytes.SequenceEqual(value.bytes), key);
    }
}
