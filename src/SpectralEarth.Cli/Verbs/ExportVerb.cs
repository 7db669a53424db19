using System.CommandLine;
using SpectralEarth.Checkpoints;
using SpectralEarth.Cli.Views;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth export RUN --format safetensors|pytorch|huggingface --part encoder|full|task --out FILE|DIR</c></summary>
internal static class ExportVerb
{
    private static readonly ExportOptions Defaults = new();
    private static readonly Argument<string> Run = new("RUN") { Description = "Run folder, folder of imported weights, or checkpoint file." };
    private static readonly Option<ExportFormat> Format = new("--format") { Description = "Form of the files.", DefaultValueFactory = _ => Defaults.Format };
    private static readonly Option<ExportPart> Part = new("--part") { Description = "The encoder, all weights, or the network of a task.", DefaultValueFactory = _ => Defaults.Part };
    private static readonly Option<ExportType> Type = new("--dtype") { Description = "Type of the numbers.", DefaultValueFactory = _ => Defaults.Type };
    private static readonly Option<string?> License = new("--license") { Description = "Licence of the weights, for the model card." };
    private static readonly Option<int> ShardSize = new("--shard-mb") { Description = "Most megabytes in one file of a Hugging Face folder.", DefaultValueFactory = _ => (int)(Defaults.MostBytesPerFile / 1_000_000) };
    private static readonly Option<FileInfo> Out = new("--out", "-o") { Description = "File to write; a folder for huggingface.", Required = true };

    internal static Command Create()
    {
        var verb = new Command("export", "Write a trained model for other tools.") { Run, Format, Part, Type, License, ShardSize, Out };
        verb.SetAction(line => (int)Export(line));
        return verb.WithExamples(
            "spectralearth export runs/pretrain --format safetensors --out encoder.safetensors",
            "spectralearth export runs/landcover --format pytorch --part task --dtype float16 --out landcover.pth",
            "spectralearth export runs/pretrain --format huggingface --license apache-2.0 --out hub/spec-vit");
    }

    private static ExitCode Export(ParseResult line)
    {
        using var terminal = Terminal.For(line);
        var report = Exporter.Export(line.GetRequiredValue(Run), line.GetRequiredValue(Out).FullName, new ExportOptions
        {
            Format = line.GetValue(Format),
            Part = line.GetValue(Part),
            Type = line.GetValue(Type),
            License = line.GetValue(License),
            MostBytesPerFile = line.GetValue(ShardSize) * 1_000_000L,
        });
        terminal.Say($"exported {report.Tensors} tensors of {report.Source}");
        foreach (var file in report.Files)
            terminal.Result(file);
        return ExitCode.Done;
    }
}
