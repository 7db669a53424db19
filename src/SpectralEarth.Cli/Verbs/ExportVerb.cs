using System.CommandLine;
using SpectralEarth.Checkpoints;
using SpectralEarth.Cli.Views;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth export RUN --format safetensors --out FILE</c></summary>
internal static class ExportVerb
{
    private static readonly Argument<string> Run = new("RUN") { Description = "Run folder or checkpoint file." };
    private static readonly Option<ExportFormat> Format = new("--format") { Description = "File format.", DefaultValueFactory = _ => ExportFormat.SafeTensors };
    private static readonly Option<FileInfo> Out = new("--out", "-o") { Description = "File to write.", Required = true };

    internal static Command Create()
    {
        var verb = new Command("export", "Write a trained encoder under the reference implementation's parameter names.") { Run, Format, Out };
        verb.SetAction(line => (int)Export(line));
        return verb.WithExamples("spectralearth export runs/pretrain --format safetensors --out encoder.safetensors");
    }

    private static ExitCode Export(ParseResult line)
    {
        using var terminal = Terminal.For(line);
        var (checkpoint, target) = (CheckpointFile.Resolve(line.GetRequiredValue(Run)), line.GetRequiredValue(Out));
        Exporter.ExportSafeTensors(checkpoint, target.FullName);
        terminal.Say($"exported {checkpoint}");
        terminal.Result(target.FullName);
        return ExitCode.Done;
    }

    /// <summary>Formats that a checkpoint can be written in.</summary>
    private enum ExportFormat
    {
        SafeTensors,
    }
}
