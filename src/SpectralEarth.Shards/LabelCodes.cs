using SpectralEarth.Spectra;

namespace SpectralEarth.Shards;

/// <summary>How a task's raster codes, which may be large, become codes 1 to 255: the position of their class, from 1; others are unlabelled.</summary>
public static class LabelCodes
{
    /// <summary>Classes of a data set of the task; none without a task, or of one of numbers.</summary>
    public static IReadOnlyList<LabelClass> Classes(TaskDescriptor? task) =>
        [.. (task?.Classes ?? []).Select((item, position) => new LabelClass(position + 1, item.Name, item.Color))];

    /// <summary>Code in a data set of the task by code in the rasters.</summary>
    public static IReadOnlyDictionary<long, byte> Of(TaskDescriptor? task) => (task?.Classes ?? [])
        .SelectMany((item, position) => item.Codes.Select(code => (code, position))).ToDictionary(pair => pair.code, pair => checked((byte)(pair.position + 1)));

    /// <summary>All of a task that labels and numbers depend on, for checksums.</summary>
    public static string Text(TaskDescriptor task) => string.Join('\n',
    [
        $"{task.Type} {task.LabelFolder} {string.Join(' ', task.Targets)}",
        .. task.Classes.Select(item => $"{string.Join(' ', item.Codes)} {item.Color} {item.Name}"),
    ]);
}
