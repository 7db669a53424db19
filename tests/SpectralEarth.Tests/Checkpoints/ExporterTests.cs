using System.Diagnostics;
using System.Text.Json;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class ExporterTests
{
    /// <summary>Reads a safetensors file as the format's own reader does, with Python's standard library only.</summary>
    private const string PythonReader = """
        import json, math, struct, sys
        data = open(sys.argv[1], 'rb').read()
        n, = struct.unpack('<Q', data[:8])
        header = json.loads(data[8:8 + n])
        meta = header.pop('__metadata__')
        assert meta['format'] == 'pt' and all(isinstance(v, str) for v in meta.values())
        size = {'F32': 4, 'I64': 8}
        end = 0
        for name, entry in sorted(header.items(), key=lambda item: item[1]['data_offsets']):
            begin, stop = entry['data_offsets']
            assert begin == end and stop - begin == size[entry['dtype']] * math.prod(entry['shape']), name
            end = stop
        assert end == len(data) - 8 - n
        entry = header['vit_core.cls_token']
        print(len(header), '%.9g' % struct.unpack_from('<f', data, 8 + n + entry['data_offsets'][0]))
        """;

    [Test]
    public void The_exported_encoder_has_the_reference_s_names_and_the_weights_bit_for_bit([Values] bool segmentation)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var description = segmentation ? Samples.Segmentation : Samples.Mae;
        using nn.Module model = segmentation ? new SegmentationModel(description.Segmentation!, seed: 1) : new MaskedAutoencoder(description.Mae!, seed: 1);
        var encoder = model is SegmentationModel network ? network.Encoder : ((MaskedAutoencoder)model).Encoder;
        Samples.Write(folder.File("run.safetensors"), model, description);

        var count = Exporter.Export(folder.File("run.safetensors"), folder.File("out.safetensors"), new ExportOptions()).Tensors;

        using var exported = SafeTensorsFile.Open(folder.File("out.safetensors"));
        var expected = encoder.state_dict();
        Assert.That(exported.Names, Is.EquivalentTo(expected.Keys).And.Count.EqualTo(count));
        Assert.That(exported.Names, Does.Contain("spectral_adapter.0.weight").And.Contain("vit_core.patch_embed.proj.weight"));
        Assert.That(exported.Metadata["format"], Is.EqualTo("pt"));
        Assert.That(CheckpointFile.Describe(exported).Provenance, Is.EqualTo(description.Provenance));
        foreach (var (name, value) in expected)
            Assert.That(exported.Read(name).bytes.SequenceEqual(value.bytes), name);
    }

    [Test]
    public void Names_of_an_exported_mini_model_are_exactly_those_of_the_reference_s_file()
    {
        using var folder = new TemporaryFolder();
        var config = new EncoderConfig { PatchSize = 32, Width = 96, Depth = 2, Heads = 3 };
        var description = Samples.Mae with { Mae = new MaeConfig { Encoder = config, DecoderWidth = 32, DecoderHeads = 2 } };
        using var model = new MaskedAutoencoder(description.Mae!, seed: 1);
        Samples.Write(folder.File("run.safetensors"), model, description);

        Exporter.Export(folder.File("run.safetensors"), folder.File("out.safetensors"), new ExportOptions());

        using var exported = SafeTensorsFile.Open(folder.File("out.safetensors"));
        using var reference = SafeTensorsFile.Open(SharedData.Path("golden/spec_vit_mini/weights.safetensors"));
        var names = reference.Names.Where(name => !name.StartsWith("vit_core.head.", StringComparison.Ordinal)).ToArray();
        Assert.That(exported.Names, Is.EqualTo(names));
        foreach (var name in names)
            Assert.That((exported.Type(name), string.Join(",", exported.Shape(name))), Is.EqualTo((reference.Type(name), string.Join(",", reference.Shape(name)))), name);
    }

    [Test]
    public void A_reader_in_Python_accepts_the_file()
    {
        if (!File.Exists("/usr/bin/python3"))
            Assert.Ignore("Skipped: /usr/bin/python3 is not installed.");
        using var folder = new TemporaryFolder();
        using var model = new MaskedAutoencoder(Samples.Mae.Mae!, seed: 1);
        Samples.Write(folder.File("run.safetensors"), model, Samples.Mae);
        var count = Exporter.Export(folder.File("run.safetensors"), folder.File("out.safetensors"), new ExportOptions()).Tensors;

        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", PythonReader, folder.File("out.safetensors")])
        {
            RedirectStandardOutput = true,
        })!;
        var words = python.StandardOutput.ReadToEnd().Split();
        python.WaitForExit();

        Assert.That(python.ExitCode, Is.Zero);
        Assert.That(words[0], Is.EqualTo(count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var first = model.state_dict()["encoder.vit_core.cls_token"].data<float>()[0];
        Assert.That(float.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(first));
    }

    [Test]
    public void A_damaged_checkpoint_is_not_exported()
    {
        using var folder = new TemporaryFolder();
        using var model = new MaskedAutoencoder(Samples.Mae.Mae!, seed: 1);
        Samples.Write(folder.File("run.safetensors"), model, Samples.Mae);
        var bytes = File.ReadAllBytes(folder.File("run.safetensors"));
        bytes[^1000] ^= 4;
        File.WriteAllBytes(folder.File("run.safetensors"), bytes);

        Assert.That(() => Exporter.Export(folder.File("run.safetensors"), folder.File("out.safetensors"), new ExportOptions()),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("damaged"));
        Assert.That(File.Exists(folder.File("out.safetensors")), Is.False);
    }

    [Test]
    public void Every_name_of_the_reference_s_training_checkpoint_leads_to_its_encoder_key()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden/mae_mini/names.json")));

        foreach (var row in document.RootElement.GetProperty("names").EnumerateObject())
        {
            var key = row.Name.StartsWith("encoder.", StringComparison.Ordinal) ? row.Name["encoder.".Length..] : null;
            foreach (var name in row.Value.EnumerateArray().Select(name => name.GetString()!))
                Assert.That(EncoderKey(name), Is.EqualTo(key), name);
        }
    }

    [TestCase("spectral_adapter.0.weight", "spectral_adapter.0.weight")]
    [TestCase("model.vit_core.norm.bias", "vit_core.norm.bias")]
    [TestCase("module.vit_core.blocks.3.attn.qkv.weight", "vit_core.blocks.3.attn.qkv.weight")]
    [TestCase("decoder.decoder_pred.weight", null)]
    [TestCase("blocks.0.norm1.weight", "vit_core.blocks.0.norm1.weight")]
    [TestCase("backbone.cls_token", "vit_core.cls_token")]
    [TestCase("model.resnet.layer1.0.downsample.0.weight", "resnet.layer1.0.downsample.0.weight")]
    [TestCase("backbone.layer4.2.bn3.running_var", "resnet.layer4.2.bn3.running_var")]
    [TestCase("module.conv1.weight", "resnet.conv1.weight")]
    [TestCase("resnet.fc.weight", "vit_core.head.weight")]
    [TestCase("layer5.0.weight", null)]
    [TestCase("vit_core.other", null)]
    public void Names_with_common_prefixes_lead_to_encoder_keys(string name, string? key) =>
        Assert.That(EncoderKey(name), Is.EqualTo(key));

    private static string? EncoderKey(string name) => ReferenceNames.Locate(name) switch
    {
        (WeightPart.Encoder, var key) => key,
        (WeightPart.Head, var key) => "vit_core." + key,
        _ => null,
    };
}
