using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks;

/// <summary>A map compared with labels.</summary>
/// <param name="Map">Map that was compared.</param>
/// <param name="Labels">Label raster, or polygons.</param>
/// <param name="Classes">Classes that were compared.</param>
/// <param name="Matrix">Counts by label and map.</param>
/// <param name="Scores">Scores.</param>
/// <param name="UnmappedPixels">Labelled pixels where the map has no class; they are not in the counts.</param>
public sealed record MapComparison(string Map, string Labels, ClassTable Classes, ConfusionMatrix Matrix, ConfusionScores Scores, long UnmappedPixels)
{
    private const int BlockSide = 32, RowsAtOnce = 8 * BlockSide;
    private static readonly Dictionary<long, byte> AllCodes = Enumerable.Range(1, byte.MaxValue).ToDictionary(code => (long)code, code => (byte)code);

    /// <summary>95 % confidence intervals of the scores by key, from 1,000 draws of the squares of 32 x 32 pixels that have labels.</summary>
    public required IReadOnlyDictionary<string, ScoreInterval> TestIntervals { get; init; }

    /// <summary>Weights that the map was made with; null if they are not known.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Counted pixels on ground that the network was trained on; null if that is not known.</summary>
    public long? PixelsOnTrainingGround { get; init; }

    /// <summary>Task by which the codes of the labels were translated; null if they are those of the map.</summary>
    public string? Task { get; init; }

    /// <summary>Codes of the labels that belong to no class of the task, and count as unlabelled.</summary>
    public IReadOnlyList<CodeCount> UnknownCodes { get; init; } = [];

    /// <summary>What a person should know.</summary>
    public IReadOnlyList<string> Warnings => [.. new[]
    {
        PixelsOnTrainingGround > 0 ? $"{PixelsOnTrainingGround} of {Scores.Pixels} labelled pixels show ground that the network was trained on: these scores are no test." : null,
        Checkpoint is not null && PixelsOnTrainingGround is null ? EvaluatedPart.UnknownGround : null,
        UnknownCodes.Count > 0 ? $"Codes without class in {Task}, taken for unlabelled: {CodeCount.Listed(UnknownCodes)}." : null,
        UnmappedPixels > 0 ? $"{UnmappedPixels} labelled pixels have no class in the map and are left out." : null,
        Scores.Warning(),
    }.OfType<string>()];

    /// <summary>Counts the pixels that have both a label and a class in the map.</summary>
    /// <param name="mapPath">GeoTIFF of class codes; 0 is no-data.</param>
    /// <param name="labelPath">GeoTIFF of class codes on the same pixel grid, 0 is unlabelled; it may cover another area. Or polygons: GeoJSON, GeoPackage.</param>
    /// <param name="classes">Classes; null takes those that the map names, or, of a map without names, the codes that occur in either raster.</param>
    /// <param name="checkpoint">Weights that the map was made with, whose training ground is looked for; null if they are not known.</param>
    /// <param name="task">Task whose codes the labels have; they become those of its classes as on import. Null if they have the map's.</param>
    /// <param name="labelField">Property of polygons with the code or name of their class.</param>
    /// <exception cref="SceneException">A file cannot be read, or polygons have labels that are no class.</exception>
    /// <exception cref="LabelException">Map and labels do not lie on one grid, do not overlap, or hold unknown codes; or the map's classes are not the task's.</exception>
    public static MapComparison Of(string mapPath, string labelPath, ClassTable? classes = null, string? checkpoint = null, TaskDescriptor? task = null, string labelField = PolygonFile.UsualField)
    {
        if (Directory.Exists(mapPath))
            throw new SceneException($"{mapPath}: a folder; expected a map, one GeoTIFF. Name the map that is to be compared with the labels.");
        using var map = LabelRaster.Open(mapPath);
        using var labels = ReferenceLabels.Open(labelPath, labelField, map);
        if (task is not null && labels.ArePolygons)
            throw new LabelException($"{labelPath}: polygons have names or codes of the map's classes; a task translates published codes of rasters. Leave --task out.");
        classes ??= NamedBy(map);
        classes = task is null ? classes ?? CodesIn(map, labels) : ClassesOf(task, classes, mapPath);
        var (codes, unknown) = (task is null ? classes.ToDictionary(item => (long)item.Code, item => (byte)item.Code) : LabelCodes.Of(task), new CodeCounts());
        var store = new ConfusionStore(classes);
        var unmapped = 0L;
        var trained = checkpoint is null ? null : CheckpointRun.Of(checkpoint, evaluated: null).Ground;
        long? onTraining = trained is null ? null : 0;
        byte[] mappable = [0, .. classes.Select(item => (byte)item.Code)];
        foreach (var (ground, wanted, found) in Strips(map, labels, labels.Reader(classes, codes, code => unknown.Add(code))))
        {
            if (found.Distinct().Except(mappable).ToArray() is { Length: > 0 } strange)
                throw new LabelException($"{mapPath}: codes {string.Join(", ", strange.Order())} belong to no class; the classes are {classes}. Name the map's own classes{(task is null ? "" : ": --task translates the labels, not the map")}.");
            for (var pixel = 0; pixel < wanted.Length; pixel++)
            {
                if (wanted[pixel] != 0 && found[pixel] == 0)
                    (wanted[pixel], unmapped) = (0, unmapped + 1);
            }

            onTraining += trained?.PixelsOn(ground).Where((isTrained, pixel) => isTrained && wanted[pixel] != 0).LongCount();
            var (reference, predicted) = (new byte[wanted.Length], new byte[found.Length]);
            classes.ToIndices(wanted, reference);
            classes.ToIndices(found, predicted);
            AddBlocks(store, classes.Count, ground.Width, reference, predicted);
        }

        var others = CodeCount.Listed(unknown.All);
        if (task is null && others.Length > 0)
            throw new LabelException($"{labelPath}: codes {others} belong to no class; the classes are {classes}. If they are published codes of an imported task, name it with --task; if they say unlabelled, set them to 0 (a single one: gdal_edit.py -a_nodata CODE FILE).");
        if (store.Patches == 0)
            throw new LabelException($"{labelPath}: no labelled pixel lies on a mapped pixel of {mapPath}.{(others.Length > 0 ? $" Codes {others} belong to no class of {task!.Name}." : "")}");
        return new MapComparison(Path.GetFullPath(mapPath), Path.GetFullPath(labelPath), classes, store.Total, ConfusionScores.Of(store.Total, classes), unmapped)
        {
            TestIntervals = Bootstrap.Intervals(store, seed: 1),
            Checkpoint = checkpoint,
            PixelsOnTrainingGround = onTraining,
            Task = task?.Name,
            UnknownCodes = unknown.All,
        };
    }

    /// <summary>Writes metrics.json (format "spectralearth-map-evaluation", version 1) and confusion.csv.</summary>
    /// <param name="folder">Folder; made where it is missing.</param>
    /// <exception cref="IOException">The folder is that of a run or a data set, or cannot be written to.</exception>
    public void Write(string folder)
    {
        RunFolder.RequireForeign(folder);
        ScoreFiles.WriteCsv(Path.Combine(folder, ScoreFiles.ConfusionName), Matrix, Classes);
        ScoreFiles.WriteJson(FinetuneRun.ScoresOf(folder), new { Format = "spectralearth-map-evaluation", FormatVersion = 1, Map, Labels, Task, UnknownCodes, Test = Scores, TestIntervals, UnmappedPixels, PixelsOnTrainingGround, Warnings });
    }

    /// <summary>Counts the pixels of a strip in squares, from its upper left corner on. Squares without labels are not kept.</summary>
    private static void AddBlocks(ConfusionStore store, int classes, int width, byte[] reference, byte[] predicted)
    {
        var height = reference.Length / width;
        for (var top = 0; top < height; top += BlockSide)
        {
            for (var left = 0; left < width; left += BlockSide)
            {
                var (block, columns) = (new ConfusionMatrix(classes), Math.Min(BlockSide, width - left));
                for (var row = top; row < Math.Min(top + BlockSide, height); row++)
                    block.Add(reference.AsSpan((row * width) + left, columns), predicted.AsSpan((row * width) + left, columns));
                if (block.Total > 0)
                    store.Add(block);
            }
        }
    }

    private static ClassTable? NamedBy(LabelRaster map) => map.ReadClassNames() is { Count: > 0 } names
        ? new ClassTable(names.Select(item => Class(item.Key, item.Value)))
        : null;

    /// <summary>The classes that import makes of a task, which must be those of the map.</summary>
    private static ClassTable ClassesOf(TaskDescriptor task, ClassTable? mapped, string mapPath)
    {
        if (task.Classes.Count == 0)
            throw new LabelException($"Task {task.Name} is about numbers and has no classes; expected the one that the network of {mapPath} was trained on.");
        var classes = new ClassTable(LabelCodes.Classes(task));
        return mapped is null || mapped.ToString() == classes.ToString()
            ? classes
            : throw new LabelException($"{mapPath}: the classes are {mapped}, but those of task {task.Name} are {classes}. Name the task that the network was trained on.");
    }

    private static ClassTable CodesIn(LabelRaster map, ReferenceLabels labels)
    {
        var codes = new SortedSet<byte>();
        foreach (var (_, wanted, found) in Strips(map, labels, labels.Reader(classes: null, AllCodes, _ => { })))
        {
            codes.UnionWith(wanted);
            codes.UnionWith(found);
        }

        codes.Remove(0);
        return codes.Count > 0
            ? new ClassTable(codes.Select(code => Class(code, $"class {code}")))
            : throw new LabelException("Neither the map nor the labels hold a class where they overlap.");
    }

    private static LabelClass Class(byte code, string name) => new(code, name, "#808080");

    /// <summary>Some rows at a time: where they lie, and the codes of labels and map.</summary>
    private static IEnumerable<(RasterGrid Ground, byte[] Labels, byte[] Map)> Strips(LabelRaster map, ReferenceLabels labels, Func<RasterWindow, byte[]> read)
    {
        for (var row = 0; row < labels.Window.Height; row += RowsAtOnce)
        {
            var part = labels.Window with { Row = labels.Window.Row + row, Height = Math.Min(RowsAtOnce, labels.Window.Height - row) };
            var ground = labels.Grid with { Width = part.Width, Height = part.Height, GeoTransform = labels.Grid.GeoTransform.Shifted(part.Column, part.Row) };
            yield return (ground, read(part), map.Read(part));
        }
    }
}
