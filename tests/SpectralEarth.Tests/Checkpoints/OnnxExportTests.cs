using SpectralEarth.Checkpoints;
using SpectralEarth.Checkpoints.Onnx;
using SpectralEarth.Models;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class OnnxExportTests
{
    private const double Allowed = 1e-4;

    private static readonly EncoderConfig[] Shapes =
    [
        new() { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 },
        new() { PatchSize = 32, Width = 96, Depth = 2, Heads = 3, Positions = PositionalEmbedding.Learned },
        new() { Bands = 100, PatchSize = 24, TokenSize = 8, Width = 64, Depth = 3, Heads = 4, MlpRatio = 2 },
        new EncoderConfig { Adapter = AdapterForm.Full, PatchSize = 16, Width = 32, Depth = 1, Heads = 2 }.ForBands([.. Samples.Mae.WavelengthsNm.Take(60)]),
    ];

    private static readonly EncoderConfig[] OtherFamilies =
    [
        new() { Architecture = EncoderArchitecture.Vit, Bands = 12, PatchSize = 24, TokenSize = 8, Width = 32, Depth = 2, Heads = 2 },
        new() { Architecture = EncoderArchitecture.SpecResnet50, Bands = 80, PatchSize = 16 },
        new() { Architecture = EncoderArchitecture.SpecResnet50, Bands = 75, PatchSize = 22 },
        new() { Architecture = EncoderArchitecture.Resnet50, Bands = 5, PatchSize = 16 },
        new() { Bands = 30, PatchSize = 16, Width = 32, Depth = 1, Heads = 2, Adapter = AdapterForm.Full, WavelengthsNm = [.. Samples.Mae.WavelengthsNm.Take(30)] },
    ];

    // A head sees a vector: transformers, which are small, will do.
    private static readonly EncoderConfig[] Families = [Shapes[0], OtherFamilies[0], OtherFamilies[4]];

    private static readonly SegmentationConfig[] Networks =
    [
        .. from shape in Shapes
           from decoder in Enum.GetValues<SegmentationDecoder>()
           where decoder != SegmentationDecoder.Fcn
           select new SegmentationConfig { Encoder = shape, Classes = 3, Decoder = decoder, DecoderWidth = 24 },
        .. from shape in OtherFamilies
           from decoder in Enum.GetValues<SegmentationDecoder>()
           where (decoder != SegmentationDecoder.Fusion || shape.HasAdapter) && (decoder != SegmentationDecoder.Fcn || !shape.IsTransformer)
           // Residual networks take long: maps of odd size for the decoders that resize them, of even size for the others, no adapter once.
           where shape.Architecture != EncoderArchitecture.SpecResnet50 || (shape.PatchSize == 22) == (decoder is SegmentationDecoder.Fusion or SegmentationDecoder.Upernet)
           where shape.Architecture != EncoderArchitecture.Resnet50 || decoder is SegmentationDecoder.Upernet
           select new SegmentationConfig { Encoder = shape, Classes = 3, Decoder = decoder, DecoderWidth = 24 },
    ];

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void An_encoder_gives_the_same_features_and_tokens_in_ONNX_Runtime([ValueSource(nameof(Shapes))] EncoderConfig shape, [Values] bool fromInt16)
    {
        using var scope = NewDisposeScope();
        using var model = new SpectralViT(shape);
        var description = Describe(shape) with { Architecture = ModelDescription.EncoderOnlyArchitecture, EncoderOnly = shape };

        using var network = Exported(model, "model.encoder.", description, new ExportOptions { FromInt16 = fromInt16 });

        Assert.That(network.Outputs, Is.EqualTo(new[] { "feature", "tokens" }));
        foreach (var batch in new[] { 1, 3 })
        {
            var (input, images) = Images(description, batch, fromInt16);
            ExpectNear(network.Run(input, "feature"), model.forward(images));
            ExpectNear(network.Run(input, "tokens"), model.Tokens(images));
        }
    }

    [Test]
    public void An_encoder_of_another_family_gives_the_same_feature_and_maps_in_ONNX_Runtime([ValueSource(nameof(OtherFamilies))] EncoderConfig shape)
    {
        using var scope = NewDisposeScope();
        using var model = Encoder.Create(shape);
        var description = Describe(shape) with { Architecture = ModelDescription.EncoderOnlyArchitecture, EncoderOnly = shape };

        using var network = Exported(model, "model.encoder.", description, new ExportOptions());

        Assert.That(network.Outputs, Is.EqualTo(new[] { "feature", shape.IsTransformer ? "tokens" : "map" }));
        var (input, images) = Images(description, 2, fromInt16: false);
        ExpectNear(network.Run(input, "feature"), model.forward(images));
        if (!shape.IsTransformer)
            ExpectNear(network.Run(input, "map"), model.Maps(images, 3).Layers[0]);
    }

    [Test]
    public void A_segmentation_network_gives_the_same_logits_in_ONNX_Runtime([ValueSource(nameof(Networks))] SegmentationConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = new SegmentationModel(config);
        var description = Segmentation(config);
        var fromInt16 = config.Decoder is SegmentationDecoder.Fusion or SegmentationDecoder.Fcn;

        using var network = Exported(model, "model.", description, new ExportOptions { Part = ExportPart.Task, FromInt16 = fromInt16 });

        foreach (var batch in new[] { 1, 3 })
        {
            var (input, images) = Images(description, batch, fromInt16);
            ExpectNear(network.Run(input, "logits"), model.forward(images));
        }
    }

    [Test]
    public void A_network_whose_labels_lie_aside_moves_its_input_in_ONNX_Runtime_too([Values] bool fromInt16)
    {
        using var scope = NewDisposeScope();
        var config = new SegmentationConfig { Encoder = Shapes[0], Classes = 3, Decoder = SegmentationDecoder.Fusion };
        using var model = new SegmentationModel(config);
        var description = Segmentation(config) with { LabelOffset = new PixelOffset(0.375, -1.25) };

        using var network = Exported(model, "model.", description, new ExportOptions { Part = ExportPart.Task, FromInt16 = fromInt16 });

        var (input, images) = Images(description, 2, fromInt16);
        ExpectNear(network.Run(input, "logits"), model.forward(PixelShift.Apply(images, description.LabelOffset)));
    }

    [Test]
    public void A_classification_network_gives_the_same_logits_in_ONNX_Runtime([ValueSource(nameof(Families))] EncoderConfig shape, [Values] bool fromInt16)
    {
        using var scope = NewDisposeScope();
        var config = new ClassificationConfig { Encoder = shape, Classes = 3, MultiLabel = fromInt16 };
        using var model = new ClassificationModel(config);
        var description = Segmentation(new SegmentationConfig { Encoder = shape }) with
        {
            Architecture = ModelDescription.ClassificationArchitecture,
            Segmentation = null,
            Classification = config,
        };

        using var network = Exported(model, "model.", description, new ExportOptions { Part = ExportPart.Task, FromInt16 = fromInt16 });

        var (input, images) = Images(description, 3, fromInt16);
        ExpectNear(network.Run(input, "logits"), model.forward(images));
    }

    [Test]
    public void A_regression_network_gives_estimates_in_their_units_in_ONNX_Runtime([ValueSource(nameof(Families))] EncoderConfig shape, [Values] bool fromInt16)
    {
        using var scope = NewDisposeScope();
        var config = new RegressionConfig { Encoder = shape, Targets = 2 };
        using var model = new RegressionModel(config);
        var description = Describe(shape) with
        {
            Architecture = ModelDescription.RegressionArchitecture,
            Regression = config,
            Targets = [new ModelTarget("P", "mg/kg", 7.5, 2), new ModelTarget("pH")],
        };

        using var network = Exported(model, "model.", description, new ExportOptions { Part = ExportPart.Task, FromInt16 = fromInt16 });

        var (input, images) = Images(description, 3, fromInt16);
        ExpectNear(network.Run(input, "estimates"), (model.forward(images) * tensor([2f, 1f])) + tensor([7.5f, 0f]));
        Assert.That(network.Metadata["targets"], Does.Contain("\"unit\":\"mg/kg\""));
    }

    [Test]
    public void Weights_of_16_bits_compute_what_our_network_with_rounded_weights_computes([Values(ExportType.Float16, ExportType.BFloat16)] ExportType type)
    {
        using var scope = NewDisposeScope();
        var config = new SegmentationConfig { Encoder = Shapes[0], Classes = 3 };
        using var model = new SegmentationModel(config);
        var description = Segmentation(config);

        using var network = Exported(model, "model.", description, new ExportOptions { Part = ExportPart.Task, Type = type });

        using (no_grad())
        {
            foreach (var weight in model.state_dict().Values.Where(weight => weight.is_floating_point()))
                weight.copy_(weight.to(Enum.Parse<ScalarType>(type.ToString())));
        }

        var (input, images) = Images(description, 2, fromInt16: false);
        ExpectNear(network.Run(input, "logits"), model.forward(images));
    }

    [Test]
    public void All_weights_come_back_bit_for_bit_inside_the_file_or_beside_it([Values] bool beside)
    {
        using var scope = NewDisposeScope();
        var config = new SegmentationConfig { Encoder = Shapes[0], Classes = 3 };
        using var model = new SegmentationModel(config);
        var description = Segmentation(config);
        var limit = beside ? 10_000 : new ExportOptions().MostBytesPerFile;

        using var network = Exported(model, "model.", description, new ExportOptions { Part = ExportPart.Task, MostBytesPerFile = limit });

        var data = folder.File("network.onnx.data");
        Assert.That(File.Exists(data), Is.EqualTo(beside));
        var stored = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.File("network.onnx"))).Graph.Initializer.ToDictionary(tensor => tensor.Name);
        foreach (var (name, weight) in model.state_dict().Where(pair => pair.Value.is_floating_point()))
        {
            Assert.That(stored[name].Dims, Is.EqualTo(weight.shape), name);
            Assert.That(Bytes(stored[name], data), Is.EqualTo(weight.bytes.ToArray()), name);
        }

        var (input, images) = Images(description, 1, fromInt16: false);
        ExpectNear(network.Run(input, "logits"), model.forward(images));
    }

    [Test]
    [Explicit("Writes 5 GB, needs 10 GB of memory and a minute.")]
    public void Weights_above_2_GB_go_to_a_file_beside_the_network()
    {
        using var scope = NewDisposeScope();
        var huge = new EncoderConfig { PatchSize = 16, Width = 1280, Depth = 32, Heads = 16 };
        using var model = new SpectralViT(huge);
        var description = Describe(huge) with { Architecture = ModelDescription.EncoderOnlyArchitecture, EncoderOnly = huge };

        using var network = Exported(model, "model.encoder.", description, new ExportOptions());

        Assert.That(new FileInfo(folder.File("network.onnx.data")).Length, Is.GreaterThan(2_500_000_000));
        Assert.That(new FileInfo(folder.File("network.onnx")).Length, Is.LessThan(1_000_000));
        var (input, images) = Images(description, 2, fromInt16: false);
        ExpectNear(network.Run(input, "feature"), model.forward(images));
    }

    [Test]
    public void Metadata_tell_bands_wavelengths_statistics_classes_and_recipe()
    {
        var run = Samples.Run(folder, Samples.Segmentation);

        Exporter.Export(run, folder.File("network.onnx"), new ExportOptions { Format = ExportFormat.Onnx, Part = ExportPart.Task, License = "cc-by-4.0" });

        using var network = new OnnxNetwork(folder.File("network.onnx"));
        var metadata = network.Metadata;
        Assert.That(metadata["bands"], Does.StartWith("[1,2,3,").And.EndWith(",202]"));
        Assert.That(metadata["wavelengths_nm"], Does.StartWith("[418.24,"));
        Assert.That(metadata["mean"], Does.StartWith("[1000.1,"));
        Assert.That(metadata["standard_deviation"], Does.StartWith("[500.7,"));
        Assert.That((metadata["no_data"], metadata["pixel_size_m"], metadata["license"]), Is.EqualTo(("-32768", "30", "cc-by-4.0")));
        Assert.That(metadata["recipe"], Is.EqualTo(Samples.Segmentation.Provenance.Recipe));
        Assert.That(System.Text.Json.Nodes.JsonNode.Parse(metadata["classes"])![1]!["name"]!.GetValue<string>(), Is.EqualTo("forêt"));
        Assert.That(ModelDescription.FromJson(metadata["spectralearth"], "metadata").ToJson(), Is.EqualTo(Samples.Segmentation.ToJson()));
    }

    [Test]
    public void Equal_weights_give_equal_bytes()
    {
        var run = Samples.Run(folder, Samples.Segmentation);
        var options = new ExportOptions { Format = ExportFormat.Onnx, Part = ExportPart.Task, FromInt16 = true };

        Exporter.Export(run, folder.File("a.onnx"), options);
        Exporter.Export(run, folder.File("b.onnx"), options);

        Assert.That(File.ReadAllBytes(folder.File("a.onnx")), Is.EqualTo(File.ReadAllBytes(folder.File("b.onnx"))));
    }

    [Test]
    public void A_whole_masked_autoencoder_is_refused()
    {
        var run = Samples.Run(folder, Samples.Mae);

        Assert.That(() => Exporter.Export(run, folder.File("no.onnx"), new ExportOptions { Format = ExportFormat.Onnx, Part = ExportPart.Full }),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("Export part encoder"));
        Assert.That(folder.File("no.onnx"), Does.Not.Exist);
    }

    private static ModelDescription Describe(EncoderConfig shape) => Samples.Mae with
    {
        Mae = null,
        Bands = [.. Samples.Mae.Bands.Take(shape.Bands)],
        WavelengthsNm = [.. Samples.Mae.WavelengthsNm.Take(shape.Bands)],
        Mean = [.. Samples.Mae.Mean.Take(shape.Bands)],
        StandardDeviation = [.. Samples.Mae.StandardDeviation.Take(shape.Bands)],
    };

    private static ModelDescription Segmentation(SegmentationConfig config) => Describe(config.Encoder) with
    {
        Architecture = ModelDescription.SegmentationArchitecture,
        Segmentation = config,
        Classes = [.. Samples.Segmentation.Classes, new LabelClass(5, "rock", "#888888")],
    };

    /// <summary>Gives the model weights of which every one matters, writes a checkpoint, exports it and opens the result.</summary>
    private OnnxNetwork Exported(nn.Module model, string prefix, ModelDescription description, ExportOptions options)
    {
        Randomize(model);
        SafeTensorsFile.Write(
            folder.File("run.safetensors"),
            model.state_dict().ToDictionary(pair => prefix + pair.Key, pair => pair.Value),
            new Dictionary<string, string> { [ModelDescription.MetadataKey] = description.ToJson() });
        Exporter.Export(folder.File("run.safetensors"), folder.File("network.onnx"), options with { Format = ExportFormat.Onnx });
        model.eval();
        return new OnnxNetwork(folder.File("network.onnx"));
    }

    /// <summary>Input of the network in ONNX and of ours; of digital numbers, some have no data.</summary>
    private static (Tensor Input, Tensor Images) Images(ModelDescription description, int batch, bool fromInt16)
    {
        using var random = new Generator(5);
        long[] size = [batch, description.Encoder.Bands, description.Encoder.PatchSize, description.Encoder.PatchSize];
        if (!fromInt16)
        {
            var images = randn(size, generator: random);
            return (images, images);
        }

        var numbers = (randn(size, generator: random) * 800 + 1500).to(int16);
        numbers[.., .., 3, 5] = description.NoData;
        numbers[0, 4, ..4] = description.NoData;
        using var normalization = new BandNormalization(description.Mean, description.StandardDeviation);
        return (numbers, normalization.Apply(numbers, description.NoData));
    }

    private static void Randomize(nn.Module model)
    {
        using var frozen = no_grad();
        using var random = new Generator(3);
        foreach (var (name, weight) in model.state_dict().Where(pair => pair.Value.is_floating_point()))
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal))
                weight.uniform_(0.5, 1.5, random);
            else if (weight.dim() == 1)
                weight.add_(randn(weight.shape, generator: random), 0.2);
            else
                weight.uniform_(-1, 1, random).mul_(Math.Sqrt(3.0 * weight.shape[0] / weight.NumberOfElements));
        }
    }

    private static void ExpectNear(Tensor found, Tensor expected)
    {
        Assert.That(found.shape, Is.EqualTo(expected.shape));
        Assert.That((found - expected).abs().max().item<float>(), Is.LessThan(Allowed));
        Assert.That(expected.std().item<float>(), Is.GreaterThan(0.05), "the numbers compared differ from one another");
    }

    private static byte[] Bytes(TensorProto tensor, string data)
    {
        if (tensor.DataLocation != TensorProto.Types.DataLocation.External)
            return tensor.RawData.ToByteArray();
        var place = tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value);
        Assert.That(place["location"], Is.EqualTo(Path.GetFileName(data)));
        var bytes = new byte[int.Parse(place["length"], System.Globalization.CultureInfo.InvariantCulture)];
        using var stream = File.OpenRead(data);
        stream.Position = long.Parse(place["offset"], System.Globalization.CultureInfo.InvariantCulture);
        stream.ReadExactly(bytes);
        return bytes;
    }
}
