using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;
using SpectralEarth.Recipes;
using SpectralEarth.Training;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth pretrain --data DATASET --recipe FILE [--set key=value]... --out RUN</c></summary>
internal static class PretrainVerb
{
    private static readonly Option<DirectoryInfo> Data = new("--data", "-d") { Description = "Data set folder.", Required = true };
    private static readonly Option<FileInfo> Recipe = new("--recipe", "-r") { Description = "Recipe (YAML).", Required = true };
    private static readonly Option<string[]> Set = new("--set") { Description = "Override of one recipe key: key=value." };
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Run folder; a run in it is resumed.", Required = true };

    internal static Command Create()
    {
        var verb = new Command("pretrain", "Pretrain a spectral-adapter ViT as a masked autoencoder.") { Data, Recipe, Set, Out };
        verb.SetAction((line, cancel) => Task.Run(() => (int)Run(line, cancel), CancellationToken.None));
        return verb.WithExamples(
            "spectralearth pretrain --data patches --recipe checkpoints/spec-vit-small-mae/pretrain.yaml --out runs/small",
            "spectralearth pretrain --data patches --recipe checkpoints/demo/pretrain.yaml --set steps=500 --set optimizer.learning_rate=5e-4 --out runs/try");
    }

    private static ExitCode Run(ParseResult line, CancellationToken cancel)
    {
        using var terminal = Terminal.For(line);
        var (recipeFile, target) = (line.GetRequiredValue(Recipe), line.GetRequiredValue(Out).FullName);
        var recipe = RecipeFile.Read<PretrainRecipe>(recipeFile.FullName, line.GetValue(Set));
        using var log = RunLog.Open(terminal, target);
        using var run = PretrainRun.OpenOrResume(target, line.GetRequiredValue(Data).FullName, recipe, Origin.Of(recipeFile), log);
        terminal.Say(Describe(run));
        ProgressView.Run(terminal, "pretrain", show =>
        {
            foreach (var step in run.Steps(cancel))
                show(new ProgressState((double)step.Step / run.TotalSteps, Describe(step)));
            return true;
        });
        cancel.ThrowIfCancellationRequested();
        run.WriteReport();
        terminal.Say($"report {run.Folder.ReportPath}");
        terminal.Result(run.Folder.Path);
        return ExitCode.Done;
    }

    private static string Describe(PretrainRun run) => string.Create(CultureInfo.InvariantCulture,
        $"{run.ParameterCount / 1e6:0.00} M parameters, {run.TotalSteps} steps{(run.StepsDone > 0 ? $", going on after step {run.StepsDone}" : "")}");

    private static string Describe(StepReport step) => string.Create(CultureInfo.InvariantCulture,
        $"step {step.Step} epoch {step.Epoch:0.0} loss {step.Loss:0.0000} lr {step.LearningRate:0.00e+0} {step.PatchesPerSecond:0.0} patches/s {step.ResidentBytes >> 20} MB");
}
