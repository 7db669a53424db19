using SpectralEarth.Spectra;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>Rivals of fine-tuning that train no network. Most look at the spectrum of each pixel or, where a task is about whole patches, at the mean spectrum of each patch's valid pixels; some at features instead.</summary>
public enum BaselineMethod
{
    /// <summary>The class that is most frequent in training, everywhere; the classes' frequencies; the means of the numbers.</summary>
    Majority,
    /// <summary>Logistic regression of spectra; of sets of classes one for each class.</summary>
    LogisticRegression,
    /// <summary>Linear regression of mean spectra with a quadratic penalty, for numbers.</summary>
    RidgeRegression,
    /// <summary>Random forest of 100 trees on spectra; of sets of classes one for each class.</summary>
    RandomForest,
    /// <summary>Nearest neighbours of the frozen encoder's features.</summary>
    NearestNeighbours,
    /// <summary>Logistic regression, for numbers ridge regression, of the frozen encoder's features.</summary>
    LinearProbe,
}

/// <summary>What the methods need.</summary>
public static class BaselineMethods
{
    private const int Trees = 100;

    /// <summary>Names of the methods, as plans have them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<BaselineMethod>().Select(KeyNames.Of)];

    /// <summary>The method of a name, in which '-' may stand for '_'; null if there is none.</summary>
    public static BaselineMethod? Named(string name)
    {
        var key = name.Replace('-', '_');
        return Names.Contains(key) ? Enum.GetValues<BaselineMethod>().First(method => KeyNames.Of(method) == key) : null;
    }

    /// <summary>Whether a method looks at features of a checkpoint.</summary>
    public static bool NeedsCheckpoint(this BaselineMethod method) => method is BaselineMethod.NearestNeighbours or BaselineMethod.LinearProbe;

    /// <summary>The methods that make sense for a kind of task.</summary>
    public static IReadOnlyList<BaselineMethod> Of(TaskType task) =>
        [.. Enum.GetValues<BaselineMethod>().Where(method => task == TaskType.Regression
            ? method is not (BaselineMethod.LogisticRegression or BaselineMethod.RandomForest)
            : method is not BaselineMethod.RidgeRegression)];

    /// <summary>A model to fit.</summary>
    /// <param name="method">One that makes sense for the task.</param>
    /// <param name="task">Kind of task.</param>
    /// <param name="seed">Decides all draws.</param>
    internal static ISampleModel Model(this BaselineMethod method, TaskType task, long seed) => (method, task) switch
    {
        (BaselineMethod.Majority, _) => new MajorityModel(),
        (BaselineMethod.NearestNeighbours, _) => new NeighbourModel(seed),
        (BaselineMethod.RidgeRegression or BaselineMethod.LinearProbe, TaskType.Regression) => new RidgeModel(),
        (BaselineMethod.LogisticRegression or BaselineMethod.LinearProbe, TaskType.MultiLabel) => new PerClassModel(() => new LogisticModel()),
        (BaselineMethod.LogisticRegression or BaselineMethod.LinearProbe, TaskType.Segmentation or TaskType.Classification) => new LogisticModel(),
        (BaselineMethod.RandomForest, TaskType.MultiLabel) => new PerClassModel(() => new ForestModel(Trees, seed)),
        (BaselineMethod.RandomForest, TaskType.Segmentation or TaskType.Classification) => new ForestModel(Trees, seed),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, $"There is no such baseline of task {task}."),
    };
}
