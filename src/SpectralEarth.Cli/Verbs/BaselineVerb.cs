using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Recipes;
using SpectralEarth.Tasks.Baselines;
using SpectralEarth.Tasks.Finetuning;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth baseline METHOD --data DATASET --recipe FILE --out RUN</c></summary>
internal static class BaselineVerb
{
    private static readonly Argument<string> Method = new("METHOD") { Description = "Name as in plans; '-' may stand for '_'. ridge_regression is for numbers, logistic_regression and random_forest for classes, the others for both." };
    private static readonly Option<DirectoryInfo> Data = new("--data", "-d") { Description = "Data set folder, with labels.", Required = true };
    private static readonly Option<string> Checkpoint = new("--checkpoint", "-c") { Description = "Run folder or file whose encoder gives the features of nearest_neighbours and linear_probe." };
    private static readonly Option<FileInfo> Recipe = RecipeOptions.File("Recipe of the fine-tuning to compare with: its split, seed and threads are taken.");
    private static readonly Option<string[]> Set = RecipeOptions.Set();
    private static readonly Option<DirectoryInfo> Features = new("--features") { Description = "Folder that keeps features for further runs; the run folder by default." };
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Run folder.", Required = true };

    internal static Command Create()
    {
        Method.CompletionSources.Add([.. BaselineMethods.Names]);
        Method.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => BaselineMethods.Named(token.Value) is null))
                result.AddError($"METHOD cannot be '{token.Value}'; {NearestName.Hint(BaselineMethods.Names, token.Value)}");
        });
        return new Command("baseline", "Test a rival of fine-tuning that trains no network, on the same split.") { Method, Data, Checkpoint, Recipe, Set, Features, Out }
            .Running(Run).WithExamples(
                "spectralearth baseline random_forest --data labelled --recipe checkpoints/demo/finetune.yaml --out runs/forest",
                "spectralearth baseline linear_probe --data labelled --checkpoint runs/pretrain --recipe checkpoints/demo/finetune.yaml --out runs/probe");
    }

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var target = line.GetRequiredValue(Out).FullName;
        var file = line.GetRequiredValue(Recipe);
        var recipe = RecipeFile.Read<FinetuneRecipe>(file.FullName, line.GetValue(Set));
        using var log = RunLog.Open(terminal, target);
        var result = BaselineRun.Run(target, line.GetRequiredValue(Data).FullName, BaselineMethods.Named(line.GetRequiredValue(Method))!.Value, line.GetValue(Checkpoint), line.GetValue(Features)?.FullName, recipe, Origin.Of(file), log, cancel);
        ScoreView.Show(terminal, result);
        terminal.Result(target);
        return ExitCode.Done;
    }
}
