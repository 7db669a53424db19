using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Measuring;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth bench [--recipe FILE] [--set key=value]... [--data DATASET] [--plan --gpus N --peak-tflops T] [--json]</c></summary>
internal static class BenchVerb
{
    private const long SpectralEarthPatches = 538_974;

    private static readonly Option<FileInfo?> Recipe = RecipeOptions.OptionalFile("Pretraining recipe (YAML); default: the defaults with batch_size 8.");
    private static readonly Option<string[]> Set = RecipeOptions.Set();
    private static readonly Option<DirectoryInfo?> Data = new("--data", "-d") { Description = "Data set: takes its shape, and measures how fast it is read." };
    private static readonly Option<int> Steps = new Option<int>("--steps") { Description = "Steps to measure.", DefaultValueFactory = _ => 3 }.AtLeast(1);
    private static readonly Option<bool> Plan = new("--plan") { Description = "Estimate hours, storage and memory of the whole run instead of measuring." };
    private static readonly Option<int> Gpus = new Option<int>("--gpus") { Description = "With --plan: number of GPUs.", DefaultValueFactory = _ => 1 }.AtLeast(1);
    private static readonly Option<double?> Peak = new("--peak-tflops") { Description = "With --plan: peak of a GPU in the recipe's precision, TFLOP/s." };
    private static readonly Option<double> Share = new("--share") { Description = "With --plan: share of the peak that is reached.", DefaultValueFactory = _ => 0.4 };
    private static readonly Option<long?> Patches = new("--patches") { Description = "With --plan: patches in the data set; default: those of --data, or SpectralEarth's 538,974." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON." };

    private static readonly Option[] OfPlan = [Gpus, Peak, Share, Patches];

    internal static Command Create() => new Command("bench", "Measure what training takes on this machine, or plan a run on another.")
        { Recipe, Set, Data, Steps, Plan, Gpus, Peak, Share, Patches, AsJson }.Running(Run).WithExamples(
            "spectralearth bench --recipe checkpoints/spec-vit-small-mae/pretrain.yaml --set batch_size=8 --data patches",
            "spectralearth bench --recipe checkpoints/spec-vit-large-mae/pretrain.yaml --set precision=bfloat16 --plan --gpus 8 --peak-tflops 989");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        CheckUsage(line);
        var recipe = line.GetValue(Recipe) is { } file
            ? RecipeFile.Read<PretrainRecipe>(file.FullName, line.GetValue(Set))
            : RecipeFile.Parse<PretrainRecipe>("batch_size: 8", "defaults", line.GetValue(Set));
        var dataset = line.GetValue(Data) is { } folder ? Dataset.Open(folder.FullName) : null;
        if (line.GetValue(Plan))
        {
            var patches = line.GetValue(Patches) ?? dataset?.Manifest.Patches ?? SpectralEarthPatches;
            var plan = TrainingPlan.Of(recipe, dataset?.Manifest, patches, line.GetValue(Gpus), line.GetValue(Peak)!.Value, line.GetValue(Share));
            BenchView.Show(terminal, plan, line.GetValue(AsJson));
            return ExitCode.Done;
        }

        terminal.Say("measuring matrix products and training steps");
        var step = StepBenchmark.Run(recipe, dataset?.Manifest, line.GetValue(Steps));
        var loader = dataset is null ? null : LoaderBenchmark.Run(recipe.Validated(dataset.Manifest), dataset, TimeSpan.FromSeconds(5));
        BenchView.Show(terminal, step, loader, line.GetValue(AsJson));
        return ExitCode.Done;
    }

    private static void CheckUsage(ParseResult line)
    {
        if (!line.GetValue(Plan) && OfPlan.FirstOrDefault(option => line.GetResult(option) is { Implicit: false }) is { } unused)
            throw new UsageException($"{unused.Name} needs --plan.");
        if (line.GetValue(Plan) && line.GetValue(Peak) is not > 0)
            throw new UsageException("--plan needs --peak-tflops, the peak of a GPU (for example 989 for an H100 in bfloat16).");
        if (line.GetValue(Share) is not (> 0 and <= 1) || line.GetValue(Patches) is < 1)
            throw new UsageException("--patches must be at least 1, --share in (0, 1].");
    }
}
