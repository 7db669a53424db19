using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Scenes.Synthesis;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth synth --out DIR --scenes N --dates D --size PX --seed S</c></summary>
internal static class SynthVerb
{
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Folder to write.", Required = true };
    private static readonly Option<int> Scenes = new("--scenes") { Description = "Pieces of ground, 1 to 99.", DefaultValueFactory = _ => 2 };
    private static readonly Option<int> Dates = new("--dates") { Description = "Acquisitions of each, 1 to 24.", DefaultValueFactory = _ => 2 };
    private static readonly Option<int> Size = new("--size") { Description = "Side of the raster, pixels, 32 to 4096.", DefaultValueFactory = _ => 256 };
    private static readonly Option<long> Seed = new("--seed") { Description = "Seed; equal seeds give equal files.", DefaultValueFactory = _ => 1 };

    internal static Command Create() => new Command("synth", "Write EnMAP-like L2A products with labels, for trying things out.")
        { Out, Scenes, Dates, Size, Seed }.Running(Run).WithExamples("spectralearth synth --out scenes --scenes 2 --dates 2 --size 256 --seed 1");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var options = UsageException.Check(() => new SynthesisOptions
        {
            OutputFolder = line.GetRequiredValue(Out).FullName,
            Scenes = line.GetValue(Scenes),
            Dates = line.GetValue(Dates),
            SizePx = line.GetValue(Size),
            Seed = line.GetValue(Seed),
        }.Validated());
        var report = ProgressView.Run(terminal, "synth", show => SceneSynthesizer.Write(options, cancel));
        terminal.Result(options.OutputFolder);
        return ExitCode.Done;
    }
}
