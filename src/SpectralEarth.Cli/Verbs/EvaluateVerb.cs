using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth evaluate MAP.tif --labels RASTER [--checkpoint RUN]</c></summary>
internal static class EvaluateVerb
{
    private static readonly Argument<string> Map = new("MAP") { Description = "GeoTIFF of class codes, as predict writes it." };
    private static readonly Option<FileInfo> Labels = new("--labels", "-l") { Description = "Label raster on the same pixel grid; extents may differ.", Required = true };
    private static readonly Option<string?> Checkpoint = new("--checkpoint", "-c") { Description = "Fine-tuning run or file that names the classes." };

    internal static Command Create()
    {
        var verb = new Command("evaluate", "Compare a map with labels: accuracies, kappa, F1, IoU.") { Map, Labels, Checkpoint };
        verb.SetAction(line => (int)Run(line));
        return verb.WithExamples("spectralearth evaluate map.tif --labels landcover-labels.tif --checkpoint runs/landcover");
    }

    private static ExitCode Run(ParseResult line)
    {
        using var terminal = Terminal.For(line);
        using var network = line.GetValue(Checkpoint) is { } checkpoint ? TrainedSegmentation.Open(checkpoint) : null;
        var comparison = Evaluator.Compare(line.GetRequiredValue(Map), line.GetRequiredValue(Labels).FullName, network?.Classes);
        ScoreView.Show(terminal, $"{comparison.Scores.Pixels} labelled pixels", comparison.Scores, new Dictionary<string, ScoreInterval>());
        if (comparison.UnmappedPixels > 0)
            terminal.Warn($"{comparison.UnmappedPixels} labelled pixels have no class in the map and are left out.");
        return ExitCode.Done;
    }
}
