using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Storage;

namespace SpectralEarth.Spectra;

/// <summary>
/// Contents of <c>datasets/&lt;task&gt;/task.yaml</c>: a benchmark's folders, classes, splits and published training. A user's own task
/// has no published facts and leaves them out.
/// </summary>
public sealed record TaskDescriptor
{
    /// <summary>Name of the descriptor in a task's folder.</summary>
    public const string FileName = "task.yaml";

    private const int MostClasses = 255;

    /// <summary>Name, that of the folder.</summary>
    public required string Name { get; init; }
    /// <summary>A line for people.</summary>
    public required string Description { get; init; }
    /// <summary>Sensor of the images, a folder of datasets/.</summary>
    public required string Sensor { get; init; }
    /// <summary>What is to be predicted.</summary>
    public required TaskType Type { get; init; }
    /// <summary>Folder of the images in the published data.</summary>
    public required string ImageFolder { get; init; }
    /// <summary>Folder of the label rasters in the published data; null without rasters.</summary>
    public required string? LabelFolder { get; init; }
    /// <summary>Side of a patch, pixels.</summary>
    public required int PatchSize { get; init; }
    /// <summary>Number of unlabelled pixels behind those of the classes; null where there are none. A fact that the program does not go by.</summary>
    public int? IgnoreIndex { get; init; }
    /// <summary>Classes in order of their numbers in the network.</summary>
    public required IReadOnlyList<TaskClass> Classes { get; init; }
    /// <summary>Columns to predict in a regression.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];
    /// <summary>Published splits; null where none were published.</summary>
    public TaskSplits? Splits { get; init; }
    /// <summary>The score that the published work compares models by; a fact that the program does not go by, as are the next two.</summary>
    public TaskMetric? Metric { get; init; }
    /// <summary>Scores that were published.</summary>
    public IReadOnlyList<TaskMetric> PublishedMetrics { get; init; } = [];
    /// <summary>Settings of the published fine-tuning; null where none were published.</summary>
    public TaskTraining? PublishedTraining { get; init; }
    /// <summary>Where these facts come from; null in a task of one's own.</summary>
    public string? Source { get; init; }

    /// <summary>Reads a task by the name of its folder in datasets/ or by the path of a folder with a task.yaml.</summary>
    /// <exception cref="RecipeException">There is no such task (with the names that there are), or its file is wrong.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no folder <c>datasets</c>.</exception>
    public static TaskDescriptor Load(string name)
    {
        if (File.Exists(Path.Combine(name, FileName)))
            return Read(Path.Combine(name, FileName));
        var root = ProgramFolder.Find("datasets");
        var names = Directory.GetDirectories(root).Where(folder => File.Exists(Path.Combine(folder, FileName))).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal).ToArray();
        return names.Contains(name)
            ? Read(Path.Combine(root, name, FileName))
            : throw new RecipeException($"Unknown task '{name}'; {NearestName.Hint(names, name)}; or name a folder with a task.yaml");
    }

    private static TaskDescriptor Read(string file)
    {
        var task = RecipeFile.Read<TaskDescriptor>(file);
        var rules = new RuleBook("The task cannot be used:");
        if (task.Type == TaskType.Regression)
            rules.Require(task.Targets.Count > 0, $"{file}: a regression needs 'targets', the columns to predict, but names none.");
        else
            rules.Require(task.Classes.Count is >= 1 and <= MostClasses, $"{file}: {task.Classes.Count} classes; expected 1 to {MostClasses}. Put classes together: each may have several codes.");
        foreach (var item in task.Classes)
        {
            rules.Require(item.Codes.Count > 0, $"{file}: '{item.Name}' has no codes; expected those that stand for it in the label rasters.");
            rules.Require(Rgb.IsColor(item.Color), $"{file}: color '{item.Color}' of '{item.Name}' must be #rrggbb.");
        }

        foreach (var same in task.Classes.Index().GroupBy(item => item.Item.Name, StringComparer.Ordinal).Where(same => same.Count() > 1))
            rules.Require(false, $"{file}: classes {string.Join(" and ", same.Select(item => item.Index + 1))} have one name, '{same.Key}'; expected a name for each. Codes of one class go into one list.");
        foreach (var same in task.Classes.SelectMany(item => item.Codes.Select(code => (code, item.Name))).GroupBy(pair => pair.code).Where(same => same.Count() > 1))
            rules.Require(false, $"{file}: code {same.Key} stands in {string.Join(" and ", same.Select(pair => $"'{pair.Name}'"))}; expected one class. Take it out of the others.");
        return rules.Accept(task);
    }
}
