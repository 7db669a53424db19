using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Recipes;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Finetuning;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth finetune --data DATASET --checkpoint RUN --recipe FILE --out RUN</c></summary>
internal static class FinetuneVerb
{
    private static readonly Option<DirectoryInfo> Data = new("--data", "-d") { Description = "Data set folder, with labels.", Required = true };
    private static readonly Option<string> Checkpoint = new("--checkpoint", "-c") { Description = "Pretraining run folder or .safetensors file.", Required = true };
    private static readonly Option<FileInfo> Recipe = RecipeOptions.File();
    private static readonly Option<string[]> Set = RecipeOptions.Set();
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Run folder; a run in it is resumed.", Required = true };

    internal static Command Create() => new Command("finetune", "Fine-tune a pretrained encoder for classes of pixels, sets of classes, or numbers, and test it on separate ground.")
        { Data, Checkpoint, Recipe, Set, Out }.Running(Run).WithExamples(
            "spectralearth finetune --data labelled --checkpoint runs/pretrain --recipe checkpoints/demo/finetune.yaml --out runs/landcover",
            "spectralearth finetune --data labelled --checkpoint runs/pretrain --recipe checkpoints/demo/finetune.yaml --set initial_weights=random --out runs/random");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var (recipeFile, target) = (line.GetRequiredValue(Recipe), line.GetRequiredValue(Out).FullName);
        var recipe = RecipeFile.Read<FinetuneRecipe>(recipeFile.FullName, line.GetValue(Set));
        using var log = RunLog.Open(terminal, target);
        using var run = FinetuneRun.OpenOrResume(
            target, line.GetRequiredValue(Data).FullName, line.GetRequiredValue(Checkpoint), recipe, Origin.Of(recipeFile), log);
        terminal.Say(TrainingView.Describe(run.ParameterCount, run.TotalSteps, run.StepsDone, run.WasFinished));
        if (run.LabelOffset is { } offset)
            terminal.Say($"images are moved by {offset} onto the ground of the training labels (register_labels)");
        TrainingView.Run(terminal, "finetune", run.Steps(cancel), run.TotalSteps);
        cancel.ThrowIfCancellationRequested();
        var result = run.Finish(cancel);
        ScoreView.Show(terminal, result);
        TrainingView.Files(terminal, run.Folder, run.BestPath, hasReport: true);
        terminal.Result(run.Folder.Path);
        terminal.Next(recipe.Task == TaskType.Segmentation
            ? ["predict", "SCENE", "--checkpoint", run.Folder.Path, "--out", "map.tif"]
            : ["evaluate", "--data", "OTHER", "--part", "all", "--checkpoint", run.Folder.Path]);
        return ExitCode.Done;
    }
}
