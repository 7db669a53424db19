namespace SpectralEarth.Tests.Foundations;

/// <summary>Contents of <c>datasets/&lt;task&gt;/task.yaml</c>, as far as these tests check them.</summary>
public sealed record TaskDescriptor
{
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required string Sensor { get; init; }
    public required TaskType Type { get; init; }
    public required string ImageFolder { get; init; }
    public required string? LabelFolder { get; init; }
    public required int PatchSize { get; init; }
    public required int? IgnoreIndex { get; init; }
    public required IReadOnlyList<TaskClass> Classes { get; init; }
    public IReadOnlyList<string> Targets { get; init; } = [];
    public required TaskSplits Splits { get; init; }
    public required TaskMetric Metric { get; init; }
    public required IReadOnlyList<TaskMetric> PublishedMetrics { get; init; }
    public required TaskTraining PublishedTraining { get; init; }
    public required string Source { get; init; }
}

public enum TaskType
{
    Segmentation,
    MultiLabel,
    Regression,
}

public enum TaskMetric
{
    OverallAccuracy,
    AverageAccuracy,
    MeanIou,
    MicroIou,
    MicroF1,
    MacroF1,
    MicroAveragePrecision,
    MacroAveragePrecision,
    Rmse,
}

/// <summary>A class with the raster codes that belong to it; HCAT codes exceed 32 bits.</summary>
public sealed record TaskClass
{
    public required IReadOnlyList<long> Codes { get; init; }
    public required string Name { get; init; }
    public required string Color { get; init; }
}

/// <summary>Numbers of patches, and of test scenes that training patches come from too.</summary>
public sealed record TaskSplits
{
    public required int Train { get; init; }
    public required int Validation { get; init; }
    public required int Test { get; init; }
    public int? TestScenes { get; init; }
    public int? TestScenesSharedWithTrain { get; init; }
}

/// <summary>Settings of the published fine-tuning that differ between tasks.</summary>
public sealed record TaskTraining
{
    public required int BatchSizePerGpu { get; init; }
    public required int Epochs { get; init; }
    public required double LearningRate { get; init; }
    public required double WeightDecay { get; init; }
    public required IReadOnlyList<double> CropScale { get; init; }
}
