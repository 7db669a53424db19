using System.CommandLine;
using SpectralEarth.Checkpoints;
using SpectralEarth.Cli.Views;
using SpectralEarth.Training;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth import FILE --as NAME</c></summary>
internal static class ImportVerb
{
    private static readonly Argument<string> Source = new("FILE") { Description = "Weights: .safetensors, .safetensors.index.json, .pth, .pt or .ckpt." };
    private static readonly Option<string> Name = new("--as") { Description = "Name of the folder in checkpoints/.", HelpName = "NAME", Required = true };
    private static readonly Option<FileInfo?> Recipe = RecipeOptions.OptionalFile("Pretraining recipe with the shape of the model; inferred from the weights by default.");
    private static readonly Option<string?> Model = new("--model") { Description = "Folder in checkpoints/ whose recipe has the shape of the model." };
    private static readonly Option<string> Sensor = new("--sensor") { Description = "Sensor whose default bands and statistics the weights take.", DefaultValueFactory = _ => "enmap" };
    private static readonly Option<int?> PatchSize = new("--patch-size") { Description = "Side of the images that the result takes, pixels; the file's by default." };
    private static readonly ChoiceOption<ImportedEncoder> Part = new("--part", "Which encoder of a MoCo or DINO checkpoint: the trained one or the momentum one.");
    private static readonly Option<bool> Interpolate = new("--interpolate-positions") { Description = "Interpolate positions to another image size." };
    private static readonly Option<bool> Adapt = new("--adapt-bands") { Description = "Adapt weights made for other bands to the sensor's." };

    internal static Command Create() => new Command("import", "Add weights of other programs to checkpoints/.")
        { Source, Name, Recipe, Model, Sensor, PatchSize, Part, Interpolate, Adapt }.Running(Run).WithExamples(
            "spectralearth import spec_vit_small_mae.pth --as published-small",
            "spectralearth import epoch=99.ckpt --as desis-small --part momentum --sensor desis --adapt-bands");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var job = new WeightImport
        {
            Source = line.GetRequiredValue(Source),
            Name = line.GetRequiredValue(Name),
            Recipe = line.GetValue(Recipe)?.FullName,
            Model = line.GetValue(Model),
            Sensor = line.GetRequiredValue(Sensor),
            PatchSize = line.GetValue(PatchSize),
            Part = Part.Of(line) == ImportedEncoder.Momentum ? WeightPart.MomentumEncoder : WeightPart.Encoder,
            InterpolatePositions = line.GetValue(Interpolate),
            AdaptBands = line.GetValue(Adapt),
        };
        CheckpointView.Show(terminal, UsageException.Check(job.Run));
        return ExitCode.Done;
    }

    private enum ImportedEncoder
    {
        Encoder,
        Momentum,
    }
}
