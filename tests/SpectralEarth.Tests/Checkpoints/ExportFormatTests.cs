using System.Diagnostics;
using System.Text.Json;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Storage;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class ExportFormatTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Numbers_are_exported_in_the_type_that_is_asked_for_and_counters_stay_whole(
        [Values(ExportFormat.SafeTensors, ExportFormat.PyTorch)] ExportFormat format, [Values] ExportType type)
    {
        using var scope = NewDisposeScope();
        var run = Samples.Run(folder, Samples.Mae);

        var target = Exporter.Export(run, folder.File("out" + (format == ExportFormat.PyTorch ? ".pth" : ".safetensors")), new ExportOptions { Format = format, Type = type }).Files[0];

        using var file = WeightFile.Open(target);
        using var trained = SafeTensorsFile.Open(run);
        foreach (var name in file.Names)
        {
            var expected = trained.Read("model.encoder." + name);
            var wanted = expected.is_floating_point() ? Enum.Parse<ScalarType>(type.ToString()) : ScalarType.Int64;
            Assert.That(file.Type(name), Is.EqualTo(wanted), name);
            Assert.That(file.Read(name).equal(expected.to(wanted)).all().item<bool>(), name);
        }
    }

    [Test]
    public void Parts_go_by_their_names_and_a_task_only_where_there_is_one()
    {
        var (pretrained, task) = (Samples.Run(folder, Samples.Mae), folder.File("task.safetensors"));
        using (var model = new SegmentationModel(Samples.Segmentation.Segmentation!, seed: 1))
            Samples.Write(task, model, Samples.Segmentation);

        Exporter.Export(task, folder.File("whole.safetensors"), new ExportOptions { Part = ExportPart.Task });
        Exporter.Export(task, folder.File("encoder.safetensors"), new ExportOptions());

        using var whole = SafeTensorsFile.Open(folder.File("whole.safetensors"));
        using var encoder = SafeTensorsFile.Open(folder.File("encoder.safetensors"));
        Assert.That(whole.Names, Is.EquivalentTo(encoder.Names.Select(name => "encoder." + name).Concat(whole.Names.Where(name => name.StartsWith("decoder.", StringComparison.Ordinal)))));
        Assert.That(CheckpointFile.Describe(whole).Classes, Is.EqualTo(Samples.Segmentation.Classes));
        Assert.That(CheckpointFile.Describe(encoder).Architecture, Is.EqualTo("encoder"));
        Assert.That(() => Exporter.Export(pretrained, folder.File("no.safetensors"), new ExportOptions { Part = ExportPart.Task }), PyTorchFileTests.Refusal("architecture \"mae\" has no task"));
        Assert.That(folder.File("no.safetensors"), Does.Not.Exist);
    }

    [Test]
    public void A_target_of_another_form_and_checkpoints_of_runs_are_never_replaced()
    {
        var run = Samples.Run(folder, Samples.Mae);
        string[] targets = ["catalog.parquet", "run/checkpoints/step-00000001.safetensors", "network.onnx", Path.GetFileName(run)];
        var before = Checksum.OfFile(run);

        foreach (var target in targets)
        {
            Assert.That(() => Exporter.Export(run, folder.File(target), new ExportOptions()), Throws.ArgumentException.With.Message.StartsWith(folder.File(target)));
            Assert.That(File.Exists(folder.File(target)), Is.EqualTo(folder.File(target) == run), target);
        }

        Assert.That(Checksum.OfFile(run), Is.EqualTo(before));
    }

    [Test]
    public void A_Hugging_Face_export_replaces_an_earlier_one_but_no_other_files()
    {
        var run = Samples.Run(folder, Samples.Mae);
        var options = new ExportOptions { Format = ExportFormat.HuggingFace };
        Directory.CreateDirectory(folder.File("own"));
        File.WriteAllText(folder.File("own/README.md"), "mine");
        File.WriteAllText(folder.File("own/config.json"), "{}");

        Exporter.Export(run, folder.File("hub"), options with { MostBytesPerFile = 100_000 });
        File.WriteAllText(folder.File("hub/models-of-others.safetensors"), "theirs");
        var files = Exporter.Export(run, folder.File("hub"), options).Files;

        Assert.That(Directory.GetFiles(folder.File("hub")), Is.EquivalentTo(files.Append(folder.File("hub/models-of-others.safetensors"))));
        Assert.That(() => Exporter.Export(folder.File("hub/model.safetensors"), folder.File("hub"), options), Throws.ArgumentException);
        Assert.That(() => Exporter.Export(folder.File("hub/model.safetensors"), folder.File("hub") + Path.DirectorySeparatorChar, options), Throws.ArgumentException);
        Directory.CreateDirectory(folder.File("checkpoints/cut"));
        File.WriteAllText(folder.File("checkpoints/cut/model.safetensors"), "cut short");
        Assert.That(Exporter.Export(run, folder.File("checkpoints/cut"), options).Files, Has.Count.EqualTo(3));
        Assert.That(() => Exporter.Export(run, folder.File("own"), options), Throws.TypeOf<IOException>().With.Message.Contains("holds other files"));
        Assert.That(File.ReadAllText(folder.File("own/README.md")), Is.EqualTo("mine"));
        Assert.That(() => Exporter.Export(run, run, options), Throws.ArgumentException.With.Message.Contains("this format is a folder"));
    }

    [Test]
    public void Scores_of_an_evaluation_in_place_of_the_run_s_are_not_published()
    {
        var run = Samples.Run(folder, Samples.Segmentation);
        Directory.CreateDirectory(folder.File("run/checkpoints"));
        File.Move(run, folder.File("run/checkpoints/best.safetensors"));
        File.WriteAllText(folder.File("run/metrics.json"), """{"format": "spectralearth-evaluation", "part": "train", "test": {"macro_f1": 0.9}}""");

        Exporter.Export(folder.File("run"), folder.File("hub"), new ExportOptions { Format = ExportFormat.HuggingFace });

        Assert.That(File.ReadAllText(folder.File("hub/README.md")), Does.Not.Contain("macro_f1"));
    }

    [Test]
    public void A_Hugging_Face_folder_has_config_weights_and_a_card_with_recipe_metrics_bands_and_licence()
    {
        var checkpoint = CheckpointFile.PathOfBest(folder.File("run"));
        Directory.CreateDirectory(Path.GetDirectoryName(checkpoint)!);
        File.Move(Samples.Run(folder, Samples.Segmentation), checkpoint);
        File.WriteAllText(folder.File("run/recipe.yaml"), "steps: 6\n");
        File.WriteAllText(folder.File("run/metrics.json"), """{"format": "spectralearth-metrics", "test": {"macro_f1": 0.51234567, "classes": []}, "validation": null}""");

        var report = Exporter.Export(folder.File("run"), folder.File("hub"), new ExportOptions { Format = ExportFormat.HuggingFace, Part = ExportPart.Task, License = "cc-by-4.0" });

        Assert.That(report.Files.Select(Path.GetFileName), Is.EqualTo(new[] { "model.safetensors", "config.json", "README.md" }));
        var card = File.ReadAllText(folder.File("hub/README.md"));
        Assert.That(card, Does.StartWith("---\nlicense: cc-by-4.0\n").And.Contain("| test macro_f1 | 0.5123 |").And.Contain("```yaml\nsteps: 6\n```")
            .And.Contain(Samples.Mae.Provenance.DataFingerprint).And.Contain("| 201 | 202 | 485.24 | 1201.1 | 701.7 |").And.Contain("4 forêt"));
        var code = card[card.IndexOf("```python\n", StringComparison.Ordinal)..].Split("```")[1].Split('\n')[1..^1];
        Assert.That(code, Has.Length.LessThanOrEqualTo(15));
        using var config = JsonDocument.Parse(File.ReadAllText(folder.File("hub/config.json")));
        Assert.That(config.RootElement.GetProperty("hidden_size").GetInt32(), Is.EqualTo(32));
        Assert.That(config.RootElement.GetProperty("id2label").GetProperty("1").GetString(), Is.EqualTo("forêt"));
        Assert.That(ModelDescription.FromJson(config.RootElement.GetProperty("spectralearth").GetRawText(), "config").ToJson(), Is.EqualTo(Samples.Segmentation.ToJson()));
    }

    [Test]
    public void Large_weights_are_spread_over_files_and_an_earlier_export_leaves_none_behind()
    {
        var run = Samples.Run(folder, Samples.Mae);
        var options = new ExportOptions { Format = ExportFormat.HuggingFace, MostBytesPerFile = 100_000 };

        var many = Exporter.Export(run, folder.File("hub"), options).Files;
        using (var file = WeightFile.Open(folder.File("hub/model.safetensors.index.json")))
            Assert.That(file.Names, Has.Count.EqualTo(39));
        Exporter.Export(run, folder.File("hub"), options with { MostBytesPerFile = 1_000_000_000 });

        Assert.That(many.Count(path => path.EndsWith(".safetensors", StringComparison.Ordinal)), Is.GreaterThan(1));
        Assert.That(many.Where(path => path.EndsWith(".safetensors", StringComparison.Ordinal)), Is.All.Not.Empty);
        Assert.That(Directory.GetFiles(folder.File("hub")).Select(Path.GetFileName), Is.EquivalentTo(new[] { "README.md", "config.json", "model.safetensors" }));
    }

    [TestCase("{", "weight_map")]
    [TestCase("{}", "weight_map")]
    [TestCase("""{"weight_map": {}}""", "weight_map")]
    [TestCase("""{"weight_map": {"a": 1}}""", "weight_map")]
    [TestCase("""{"weight_map": {"a": "../b.safetensors"}}""", "tensor \"a\" is said to lie in")]
    [TestCase("""{"weight_map": {"a": "none.safetensors"}}""", "none.safetensors: there is no such file")]
    [TestCase("""{"weight_map": {"a": "b.safetensors", "c": "b.safetensors"}}""", "tensor \"c\" is not in b.safetensors")]
    [TestCase("""{"weight_map": {"a": "b.safetensors", "a": "b.safetensors"}}""", "weight_map")]
    public void A_broken_index_is_refused_by_its_entry(string index, string fault)
    {
        using var one = ones(1);
        SafeTensorsFile.Write(folder.File("b.safetensors"), new Dictionary<string, Tensor> { ["a"] = one });
        File.WriteAllText(folder.File("model.safetensors.index.json"), index);

        Assert.That(() => WeightFile.Open(folder.File("model.safetensors.index.json")), PyTorchFileTests.Refusal(fault));
    }

    [Test]
    public void Torch_and_safetensors_of_Python_read_the_same_numbers()
    {
        var python = Environment.GetEnvironmentVariable("SPECTRALEARTH_PYTHON") ?? "python3";
        if (!Runs(python, "-c", "import torch, safetensors.torch"))
            Assert.Ignore($"Skipped: {python} has no torch and safetensors (Debian: python3-torch, python3-safetensors; SPECTRALEARTH_PYTHON names another interpreter).");
        var run = Samples.Run(folder, Samples.Mae);
        foreach (var type in Enum.GetValues<ExportType>())
        {
            Exporter.Export(run, folder.File("a.pth"), new ExportOptions { Format = ExportFormat.PyTorch, Type = type });
            Exporter.Export(run, folder.File("a.safetensors"), new ExportOptions { Type = type });

            Assert.That(Runs(python, "-c", """
                import sys, torch
                from safetensors.torch import load_file
                a, b = torch.load(sys.argv[1], weights_only=True), load_file(sys.argv[2])
                assert a.keys() == b.keys() and len(a) == 39, (len(a), len(b))
                assert all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)
                assert torch.equal(torch.load(sys.argv[1], weights_only=True, mmap=True)['vit_core.cls_token'], a['vit_core.cls_token'])
                """, folder.File("a.pth"), folder.File("a.safetensors")), type.ToString());
        }
    }

    private static bool Runs(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            TestContext.Out.Write(process.StandardError.ReadToEnd());
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static readonly (EncoderArchitecture Architecture, string Type, string Class)[] Architectures =
    [
        (EncoderArchitecture.SpecVit, "spectral_vit", "SpectralViT"), (EncoderArchitecture.Vit, "vit", "VisionTransformer"),
        (EncoderArchitecture.SpecResnet50, "spectral_resnet", "SpectralResNet50"), (EncoderArchitecture.Resnet50, "resnet", "ResNet"),
    ];

    // Residual networks are large: one part of each.
    [TestCase(0, ExportPart.Encoder)]
    [TestCase(0, ExportPart.Full)]
    [TestCase(0, ExportPart.Task)]
    [TestCase(1, ExportPart.Encoder)]
    [TestCase(1, ExportPart.Full)]
    [TestCase(1, ExportPart.Task)]
    [TestCase(2, ExportPart.Encoder)]
    [TestCase(3, ExportPart.Task)]
    public void A_Hugging_Face_folder_says_the_architecture_and_how_to_build_it_in_fifteen_lines(int index, ExportPart part)
    {
        var (architecture, type, name) = Architectures[index];
        var description = Samples.Regression with { Regression = Samples.Regression.Regression! with { Encoder = Samples.Encoder with { Architecture = architecture } } };

        Exporter.Export(Samples.Run(folder, description), folder.File("hub"), new ExportOptions { Format = ExportFormat.HuggingFace, Part = part });

        using var config = JsonDocument.Parse(File.ReadAllText(folder.File("hub/config.json")));
        var root = config.RootElement;
        Assert.That(root.GetProperty("model_type").GetString(), Is.EqualTo(type));
        Assert.That(root.GetProperty("architectures")[0].GetString(), Is.EqualTo(name));
        Assert.That(root.GetProperty("architecture").GetString(), Is.EqualTo(new[] { "spec_vit", "vit", "spec_resnet50", "resnet50" }[index]));
        Assert.That(root.TryGetProperty("hidden_size", out _), Is.EqualTo(index < 2));
        Assert.That(root.TryGetProperty("problem_type", out _), Is.EqualTo(part != ExportPart.Encoder));
        var card = File.ReadAllText(folder.File("hub/README.md"));
        Assert.That(card, part == ExportPart.Encoder ? Does.Not.Contain("## Targets") : Does.Contain("| P | mg/kg | 70.3 | 29.5 |"));
        var code = card[card.IndexOf("```python\n", StringComparison.Ordinal)..].Split("```")[1].Split('\n')[1..^1];
        Assert.That(code, Has.Length.LessThanOrEqualTo(15));
        Assert.That(string.Concat(code), Does.Contain("timm.").And.Contain("load_state_dict"));
        Assert.That(string.Concat(code).Contains("startswith(\"encoder." + (index == 1 ? "vit_core." : index == 3 ? "resnet." : "") + "\")", StringComparison.Ordinal), Is.EqualTo(part != ExportPart.Encoder));
    }
}
