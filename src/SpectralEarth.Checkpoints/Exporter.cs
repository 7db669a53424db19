using SpectralEarth.Checkpoints.Exporting;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>Writes trained models for other tools.</summary>
public static class Exporter
{
    /// <summary>
    /// Writes a checkpoint, or its encoder, in a form that other programs read. An encoder goes by the reference
    /// implementation's parameter names (<c>spectral_adapter.*</c>, <c>vit_core.*</c>, <c>resnet.*</c>; timm's without adapter), a whole
    /// model by <c>encoder.*</c> and <c>decoder.*</c> or <c>head.*</c>.
    /// </summary>
    /// <param name="runOrFile">Run folder, folder of imported weights, or checkpoint of this program.</param>
    /// <param name="target">File, or folder of a Hugging Face export, to write.</param>
    /// <param name="options">Form, part and type.</param>
    /// <exception cref="CheckpointException">The checkpoint is unreadable, damaged, has no task, does not hold exactly the network it describes, or has no such form.</exception>
    /// <exception cref="ArgumentException">The target's name does not end as that of the form, or is that of a checkpoint of a run or of what is exported.</exception>
    /// <exception cref="IOException">The target cannot be written to, or holds other files, or the disk is full.</exception>
    public static ExportReport Export(string runOrFile, string target, ExportOptions options)
    {
        var path = CheckpointFile.Resolve(runOrFile);
        var (endings, write) = FormatOf(options.Format);
        RequireFree(target, path, endings);
        using var model = DescribedModel.Load(path);
        if (options.Part == ExportPart.Task && !model.Description.IsTask)
        {
            throw new CheckpointException(
                $"{path}: architecture \"{model.Description.Architecture}\" has no task. Export part encoder or full, or a run of finetune.");
        }

        using var scope = NewDisposeScope();
        var isEncoder = options.Part == ExportPart.Encoder;
        var description = isEncoder ? model.Description.OfEncoder() : model.Description;
        var prefix = isEncoder ? DescribedModel.EncoderPrefix : "";
        var keepsCounters = options.Format != ExportFormat.Onnx;         // nothing in a graph reads them
        var tensors = model.Weights.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal) && (keepsCounters || pair.Value.is_floating_point()))
            .ToDictionary(pair => isEncoder ? ExportedName(pair.Key[prefix.Length..]) : pair.Key, pair => Converted(pair.Value, options.Type));
        var exported = new ExportedModel(description, tensors, RunRecords.Of(path), options);
        return new ExportReport(path, write(exported, target), tensors.Count);

        string ExportedName(string key)
        {
            var (core, exportedCore) = (ReferenceNames.Core(description.Encoder), ReferenceNames.ExportedCore(description.Encoder));
            return key.StartsWith(core, StringComparison.Ordinal) ? exportedCore + key[core.Length..] : key;
        }
    }

    private static void RequireFree(string target, string source, string[] endings)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (endings.Length > 0 && !endings.Any(ending => target.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            throw new ArgumentException($"{target}: the name of a file of this format ends with {string.Join(" or ", endings)}.");
        if (endings.Length == 0 && File.Exists(target))
            throw new ArgumentException($"{target}: a file; this format is a folder. Choose another --out.");
        if (target == source || target == Path.GetDirectoryName(source) || (endings.Length > 0 && Path.GetFileName(Path.GetDirectoryName(target)) == CheckpointFile.Folder))
            throw new ArgumentException($"{target}: this would replace, or be taken for, a checkpoint of a run. Choose another --out.");
    }

    /// <summary>Ends of the names of a format's files, none for a folder, and what writes a model to such a target and tells the files.</summary>
    private static (string[] Endings, Func<ExportedModel, string, IReadOnlyList<string>> Write) FormatOf(ExportFormat format) => format switch
    {
        ExportFormat.SafeTensors => ([".safetensors"], WriteSafeTensors),
        ExportFormat.PyTorch => ([".pth", ".pt", ".bin"], WritePyTorch),
        ExportFormat.HuggingFace => ([], HuggingFaceExport.Write),
        ExportFormat.Onnx => ([".onnx"], OnnxExport.Write),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
    };

    private static string[] WriteSafeTensors(ExportedModel model, string target)
    {
        SafeTensorsFile.Write(target, model.Tensors, model.Metadata);
        return [target];
    }

    private static string[] WritePyTorch(ExportedModel model, string target)
    {
        PyTorchFile.Write(target, model.Tensors, model.Metadata);
        return [target];
    }

    private static Tensor Converted(Tensor tensor, ExportType type)
    {
        var wanted = type switch
        {
            ExportType.Float16 => ScalarType.Float16,
            ExportType.BFloat16 => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        };
        return tensor.is_floating_point() && tensor.dtype != wanted ? tensor.detach().to(wanted) : tensor;
    }
}
