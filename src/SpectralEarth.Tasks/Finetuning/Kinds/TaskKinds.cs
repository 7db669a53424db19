namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>The kind of task that a recipe names.</summary>
internal static class TaskKinds
{
    /// <param name="setup">Data, recipe and split.</param>
    /// <param name="classes">Classes; null for a regression.</param>
    /// <param name="targets">Targets of a trained regression; null where one is to be trained.</param>
    public static ITaskKind Of(TaskSetup setup, ClassTable? classes, IReadOnlyList<Checkpoints.ModelTarget>? targets = null) => setup.Recipe.Task switch
    {
        Spectra.TaskType.Segmentation => new SegmentationKind(setup, classes!),
        Spectra.TaskType.Classification => new ClassificationKind(setup, classes!),
        Spectra.TaskType.MultiLabel => new MultiLabelKind(setup, classes!),
        Spectra.TaskType.Regression => new RegressionKind(setup, targets),
        _ => throw new ArgumentOutOfRangeException(nameof(setup), setup.Recipe.Task, "There is no such task."),
    };
}
