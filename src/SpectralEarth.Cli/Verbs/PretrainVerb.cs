using System.CommandLine;
using SpectralEarth.Checkpoints;
using SpectralEarth.Cli.Views;
using SpectralEarth.Distribution;
using SpectralEarth.Recipes;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth pretrain --data DATASET --recipe FILE [--set key=value]... [--checkpoint RUN] --out RUN</c></summary>
internal static class PretrainVerb
{
    private static readonly Option<DirectoryInfo> Data = new("--data", "-d") { Description = "Data set folder.", Required = true };
    private static readonly Option<FileInfo> Recipe = RecipeOptions.File();
    private static readonly Option<string[]> Set = RecipeOptions.Set();
    private static readonly Option<string?> Checkpoint = new("--checkpoint", "-c") { Description = "Run folder or .safetensors file whose encoder a new run begins with; random weights without it." };
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Run folder; a run in it is resumed.", Required = true };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Begin no new run: go on with the one in --out, or fail. Without it a run in --out is resumed as well." };

    internal static Command Create() => new Command("pretrain", "Pretrain an encoder without labels: masked autoencoding, MoCo or DINO.")
        { Data, Recipe, Set, Checkpoint, Out, Resume }.Running(Run).WithExamples(
            "spectralearth pretrain --data patches --recipe checkpoints/spec-vit-small-mae/pretrain.yaml --out runs/small",
            "spectralearth pretrain --data patches --recipe checkpoints/spec-vit-small-dino/pretrain.yaml --out runs/dino",
            "spectralearth pretrain --data new-patches --recipe runs/small/recipe.yaml --set epochs=20 --checkpoint runs/small --out runs/continued",
            "spectralearth pretrain --data patches --recipe checkpoints/demo/pretrain.yaml --set steps=500 --set optimizer.learning_rate=5e-4 --out runs/try");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        using var ranks = Ranks.Join();
        var (recipeFile, target) = (line.GetRequiredValue(Recipe), line.GetRequiredValue(Out).FullName);
        var recipe = new PretrainRecipe();
        ranks.Together(() =>
        {
            if (line.GetValue(Resume))
                RunFolder.RequireRun(target);
            recipe = RecipeFile.Read<PretrainRecipe>(recipeFile.FullName, line.GetValue(Set));
        });
        using var log = RunLog.Open(terminal, target, ranks.Rank);
        using var run = PretrainRun.OpenOrResume(target, line.GetRequiredValue(Data).FullName, recipe, Origin.Of(recipeFile), log, ranks, line.GetValue(Checkpoint));
        if (ranks.Rank > 0)
            return Follow(run, cancel);     // rank 0 speaks for all
        terminal.Say(TrainingView.Describe(run.ParameterCount, run.TotalSteps, run.StepsDone, run.WasFinished));
        if (run is { StartingWeights: { } weights, StepsDone: 0 })
            terminal.Say($"begins with {weights}");
        TrainingView.Run(terminal, "pretrain", run.Steps(cancel), run.TotalSteps);
        TrainingView.Files(terminal, run.Folder, CheckpointFile.Newest(run.Folder.Path), run.WriteReport());
        ThrowIfStopped(run);
        terminal.Result(run.Folder.Path);
        terminal.Next("finetune", "--data", "LABELLED", "--checkpoint", run.Folder.Path, "--recipe", "checkpoints/demo/finetune.yaml", "--out", "RUN");
        return ExitCode.Done;
    }

    private static ExitCode Follow(PretrainRun run, CancellationToken cancel)
    {
        foreach (var _ in run.Steps(cancel))
        {
        }

        ThrowIfStopped(run);
        return ExitCode.Done;
    }

    private static void ThrowIfStopped(PretrainRun run)
    {
        if (run.IsStopped)
            throw new OperationCanceledException();
    }
}
