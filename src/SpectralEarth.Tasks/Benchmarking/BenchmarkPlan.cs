using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;
using SpectralEarth.Tasks.Baselines;
using SpectralEarth.Tasks.Finetuning;

namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>What a benchmark compares: every checkpoint under every protocol, and every baseline, on every task that it suits, with every seed.</summary>
public sealed record BenchmarkPlan
{
    /// <summary>Data sets with the recipes that all methods share.</summary>
    public required IReadOnlyList<BenchmarkTask> Tasks { get; init; }
    /// <summary>Pretrained encoders.</summary>
    public IReadOnlyList<BenchmarkCheckpoint> Checkpoints { get; init; } = [];
    /// <summary>Ways of training them.</summary>
    public IReadOnlyList<BenchmarkProtocol> Protocols { get; init; } = [];
    /// <summary>Rivals that train no network; those that look at features run once for each checkpoint.</summary>
    public IReadOnlyList<BaselineMethod> Baselines { get; init; } = [];
    /// <summary>Seeds; each method runs once with each.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [1];
    /// <summary>Recipe keys that a seed is put into: seed alone repeats the training, with split.seed the split is drawn anew as well.</summary>
    public IReadOnlyList<string> SeedKeys { get; init; } = ["seed"];

    /// <summary>Reads a plan; its paths are relative to its own folder, but for recipes and weights that travel with the program (<see cref="ProgramFolder.Locate"/>).</summary>
    /// <exception cref="RecipeException">The file is wrong, or a task's recipe or what is set in it, or there is a task without anything to run.</exception>
    /// <exception cref="FileNotFoundException">There is no such file, or no recipe of a task.</exception>
    public static BenchmarkPlan Read(string path)
    {
        var plan = RecipeFile.Read<BenchmarkPlan>(path);
        var rules = new RuleBook("The plan cannot run:");
        rules.Require(plan.Tasks.Count > 0, "tasks is empty.");
        rules.Require(plan.Seeds.Count > 0 && plan.Seeds.Distinct().Count() == plan.Seeds.Count, "seeds must be different numbers, at least one.");
        rules.Require(plan.SeedKeys.Count > 0, "seed_keys is empty; [seed] is usual.");
        rules.Require((plan.Checkpoints.Count > 0 && plan.Protocols.Count > 0) || plan.Baselines.Count > 0, "there is neither a checkpoint with a protocol nor a baseline to run.");
        rules.Require(plan.Checkpoints.Count > 0 || !plan.Baselines.Any(method => method.NeedsCheckpoint()), "nearest_neighbours and linear_probe need checkpoints.");
        foreach (var (kind, names) in (IEnumerable<(string, IEnumerable<string>)>)
            [("tasks", plan.Tasks.Select(task => task.Name)), ("checkpoints", plan.Checkpoints.Select(one => one.Name)), ("protocols", plan.Protocols.Select(one => one.Name))])
        {
            rules.Require(names.All(IsFolderName), $"names of {kind} become folders: letters, digits, '-', '_' and '.' only, but there is {string.Join(", ", names.Where(name => !IsFolderName(name)))}.");
            rules.Require(names.Distinct().Count() == names.Count(), $"two of {kind} have one name: {string.Join(", ", names)}.");
            var reserved = ReservedFor(kind);
            rules.Require(!names.Any(reserved.Contains), $"folders of {string.Join(", ", reserved)} hold something else, but {kind} has {string.Join(", ", names.Where(reserved.Contains))}: choose another name.");
        }

        rules.Require(plan.Baselines.Distinct().Count() == plan.Baselines.Count, $"a baseline is named twice: {string.Join(", ", plan.Baselines.Select(KeyNames.Of))}.");
        string[] tasks = [.. plan.Tasks.Select(task => task.Name)];
        foreach (var (protocol, unknown) in from protocol in plan.Protocols from name in protocol.Tasks.Except(tasks) select (protocol.Name, name))
            rules.Require(false, $"protocol {protocol} is for task {unknown}, which there is not; {NearestName.Hint(tasks, unknown)}");

        var root = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return WithWork(WithRecipes(rules.Accept(plan) with
        {
            Tasks = [.. plan.Tasks.Select(task => task with { Data = Path.Combine(root, task.Data), Recipe = At(root, task.Recipe) })],
            Checkpoints = [.. plan.Checkpoints.Select(one => one with { Path = At(root, one.Path) })],
        }));
    }

    /// <summary>Protocols that are for a task.</summary>
    internal IEnumerable<BenchmarkProtocol> ProtocolsFor(BenchmarkTask task) => Protocols.Where(one => one.Tasks.Count == 0 || one.Tasks.Contains(task.Name));

    /// <summary>Baselines that make no sense for a task; its recipe tells.</summary>
    internal IReadOnlyList<BaselineMethod> Unsuitable(BenchmarkTask task) => [.. Baselines.Except(BaselineMethods.Of(task.ReadKind()))];

    private static string At(string root, string path)
    {
        var (own, located) = (Path.Combine(root, path), ProgramFolder.Locate(path));
        return Path.Exists(own) || located == path ? own : located;
    }

    /// <summary>
    /// The plan, if the recipe of each cell can be read and keeps its rules: at once, not when its turn comes hours later. A recipe takes
    /// any seed that it takes one of.
    /// </summary>
    private static BenchmarkPlan WithRecipes(BenchmarkPlan plan)
    {
        // A task's own recipe tells which baselines suit it, and so which cells there are.
        var own = plan.Tasks.Select(task => (Task: task, Problems: Problems(task, task.Set, data: null))).ToArray();
        var readable = plan with { Tasks = [.. own.Where(one => one.Problems.Length == 0).Select(one => one.Task)] };
        var ofCells =
            from cells in BenchmarkCell.Of(readable).Where(cell => cell.Seed == plan.Seeds[0]).GroupBy(cell => cell.Task)
            let data = ManifestOf(cells.Key)
            from cell in cells
            from problem in Problems(cell.Task, cell.Overrides(plan), data)
            select problem;
        var rules = new RuleBook();
        foreach (var problem in own.SelectMany(one => one.Problems).Concat(ofCells).Distinct())
            rules.Require(false, problem);
        return rules.Accept(plan);
    }

    /// <summary>What is wrong with a task's recipe with its overrides; rules are looked at only where there is data.</summary>
    private static string[] Problems(BenchmarkTask task, IReadOnlyList<string> set, DatasetManifest? data)
    {
        FinetuneRecipe recipe;
        try
        {
            recipe = RecipeFile.Read<FinetuneRecipe>(task.Recipe, set);
        }
        catch (RecipeException error)
        {
            return error.Message.Split('\n');
        }

        return data is null ? [] : [.. recipe.Rules(data).Broken.Select(rule => $"{task.Name}: {rule}")];
    }

    /// <summary>Facts of a task's data set; null without one that can be used, which its cells tell in their turn.</summary>
    private static DatasetManifest? ManifestOf(BenchmarkTask task)
    {
        try
        {
            return ManifestFile.Read(task.Data);
        }
        catch (DatasetException)
        {
            return null;
        }
    }

    /// <summary>The plan, if there is something to run on each task.</summary>
    private static BenchmarkPlan WithWork(BenchmarkPlan plan)
    {
        var rules = new RuleBook("The plan cannot run:");
        foreach (var task in plan.Tasks.Except(BenchmarkCell.Of(plan).Select(cell => cell.Task)))
            rules.Require(false, $"nothing is left to run on {task.Name}: no baseline makes sense for task {KeyNames.Of(task.ReadKind())}, and no checkpoint has a protocol for it.");
        return rules.Accept(plan);
    }

    /// <summary>Names whose folders hold something else: features of encoders beside the tasks, runs of baselines beside checkpoints and protocols.</summary>
    private static IReadOnlyList<string> ReservedFor(string kind) =>
        kind == "tasks" ? [BenchmarkRun.FeaturesFolder] : [.. Enum.GetValues<BaselineMethod>().Select(KeyNames.Of)];

    private static bool IsFolderName(string name) => name.Length > 0 && name.Trim('.').Length > 0 && name.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_' or '.');
}

/// <summary>A data set and the recipe of its fine-tuning.</summary>
public sealed record BenchmarkTask
{
    /// <summary>Name in tables and folders.</summary>
    public required string Name { get; init; }
    /// <summary>Data set folder.</summary>
    public required string Data { get; init; }
    /// <summary>Recipe of finetune: split, loss, steps.</summary>
    public required string Recipe { get; init; }
    /// <summary>Overrides of its keys, "key=value".</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>What the recipe asks for.</summary>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="FileNotFoundException">There is no recipe.</exception>
    internal TaskType ReadKind() => RecipeFile.Read<FinetuneRecipe>(Recipe, Set).Task;
}

/// <summary>An encoder to compare.</summary>
public sealed record BenchmarkCheckpoint
{
    /// <summary>Name in tables and folders.</summary>
    public required string Name { get; init; }
    /// <summary>Run folder or file of weights.</summary>
    public required string Path { get; init; }
    /// <summary>Overrides for this encoder, for example "initial_weights=random".</summary>
    public IReadOnlyList<string> Set { get; init; } = [];
}

/// <summary>A way of training.</summary>
public sealed record BenchmarkProtocol
{
    /// <summary>Name in tables and folders.</summary>
    public required string Name { get; init; }
    /// <summary>Overrides, for example "freeze=encoder".</summary>
    public IReadOnlyList<string> Set { get; init; } = [];
    /// <summary>Names of the tasks that it is for; all if empty.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];
}
