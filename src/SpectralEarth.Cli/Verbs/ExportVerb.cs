using System.CommandLine;
using SpectralEarth.Checkpoints;
using SpectralEarth.Cli.Views;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth export RUN --format safetensors|pytorch|huggingface|onnx --part encoder|full|task --out FILE|DIR</c></summary>
internal static class ExportVerb
{
    private static readonly ExportOptions Defaults = new();
    private static readonly Argument<string> Run = new("RUN") { Description = "Run folder, folder of imported weights, or checkpoint file." };
    private static readonly ChoiceOption<ExportFormat> Format = new("--format", "Form of the files.", Defaults.Format);
    private static readonly ChoiceOption<ExportPart> Part = new("--part", "The encoder, all weights, or the network of a task.", Defaults.Part);
    private static readonly ChoiceOption<ExportType> Type = new("--dtype", "Type of the numbers.", Defaults.Type);
    private static readonly Option<bool> FromInt16 = new("--from-int16") { Description = "ONNX only: the network takes digital numbers and normalises them itself." };
    private static readonly Option<string?> License = new("--license") { Description = "Licence of the weights, for the model card." };
    private static readonly Option<int> ShardSize = new("--shard-mb") { Description = "Most megabytes in one file of a Hugging Face folder, or of weights inside an ONNX file.", DefaultValueFactory = _ => (int)(Defaults.MostBytesPerFile / 1_000_000) };
    private static readonly Option<FileInfo> Out = new("--out", "-o") { Description = "File to write; a folder for huggingface.", Required = true };

    internal static Command Create()
    {
        var verb = new Command("export", "Write a trained model for other tools.") { Run, Format, Part, Type, FromInt16, License, ShardSize, Out };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(FromInt16) && !string.Equals(result.GetValue(Format), nameof(ExportFormat.Onnx), StringComparison.OrdinalIgnoreCase))
                result.AddError("--from-int16 needs --format onnx: other formats hold weights only.");
        });
        return verb.Running(Export).WithExamples(
            "spectralearth export runs/pretrain --format safetensors --out encoder.safetensors",
            "spectralearth export runs/landcover --format pytorch --part task --dtype float16 --out landcover.pth",
            "spectralearth export runs/pretrain --format huggingface --license apache-2.0 --out hub/spec-vit",
            "spectralearth export runs/landcover --format onnx --part task --from-int16 --out landcover.onnx");
    }

    private static ExitCode Export(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var report = UsageException.Check(() => Exporter.Export(line.GetRequiredValue(Run), line.GetRequiredValue(Out).FullName, new ExportOptions
        {
            Format = Format.Of(line),
            Part = Part.Of(line),
            Type = Type.Of(line),
            FromInt16 = line.GetValue(FromInt16),
            License = line.GetValue(License),
            MostBytesPerFile = line.GetValue(ShardSize) * 1_000_000L,
        }));
        terminal.Say($"exported {Amount.Of(report.Tensors, "tensor")} of {report.Source}");
        foreach (var file in report.Files)
            terminal.Result(file);
        return ExitCode.Done;
    }
}
