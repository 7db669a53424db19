using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks;

/// <summary>A map compared with labels.</summary>
/// <param name="Map">Map that was compared.</param>
/// <param name="Labels">Label raster.</param>
/// <param name="Classes">Classes that were compared.</param>
/// <param name="Matrix">Counts by label and map.</param>
/// <param name="Scores">Scores.</param>
/// <param name="UnmappedPixels">Labelled pixels where the map has no class; they are not in the counts.</param>
public sealed record MapComparison(string Map, string Labels, ClassTable Classes, ConfusionMatrix Matrix, SegmentationScores Scores, long UnmappedPixels)
{
    private const int RowsAtOnce = 256;

    /// <summary>Weights that the map was made with; null if they are not known.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Counted pixels on ground that the network was trained on; null if that is not known.</summary>
    public long? PixelsOnTrainingGround { get; init; }

    /// <summary>What a person should know.</summary>
    public IReadOnlyList<string> Warnings => [.. new[]
    {
        PixelsOnTrainingGround > 0 ? $"{PixelsOnTrainingGround} of {Scores.Pixels} labelled pixels show ground that the network was trained on: these scores are no test." : null,
        Checkpoint is not null && PixelsOnTrainingGround is null ? EvaluatedPart.UnknownGround : null,
        UnmappedPixels > 0 ? $"{UnmappedPixels} labelled pixels have no class in the map and are left out." : null,
        Scores.Warning(),
    }.OfType<string>()];

    /// <summary>Counts the pixels that have both a label and a class in the map.</summary>
    /// <param name="mapPath">GeoTIFF of class codes; 0 is no-data.</param>
    /// <param name="labelPath">GeoTIFF of class codes on the same pixel grid, 0 is unlabelled; it may cover another area.</param>
    /// <param name="classes">Classes; null takes those that the map names, or, of a map without names, the codes that occur in either raster.</param>
    /// <param name="checkpoint">Weights that the map was made with, whose training ground is looked for; null if they are not known.</param>
    /// <exception cref="SceneException">A raster cannot be read.</exception>
    /// <exception cref="LabelException">The rasters do not lie on one grid, do not overlap, or hold unknown codes.</exception>
    public static MapComparison Of(string mapPath, string labelPath, ClassTable? classes = null, string? checkpoint = null)
    {
        using var map = LabelRaster.Open(mapPath);
        using var labels = LabelRaster.Open(labelPath);
        var overlap = Overlap.Of(map, labels);
        classes ??= NamedBy(map) ?? CodesIn(overlap);
        var matrix = new ConfusionMatrix(classes.Count);
        var unmapped = 0L;
        var trained = checkpoint is null ? null : CheckpointRun.Of(checkpoint, evaluated: null).Ground;
        long? onTraining = trained is null ? null : 0;
        foreach (var (ground, wanted, found) in overlap.Strips())
        {
            for (var pixel = 0; pixel < wanted.Length; pixel++)
            {
                if (wanted[pixel] != 0 && found[pixel] == 0)
                    (wanted[pixel], unmapped) = (0, unmapped + 1);
            }

            onTraining += trained?.PixelsOn(ground).Where((isTrained, pixel) => isTrained && wanted[pixel] != 0).LongCount();
            var (reference, predicted) = (new byte[wanted.Length], new byte[found.Length]);
            classes.ToIndices(wanted, reference);
            classes.ToIndices(found, predicted);
            matrix.Add(reference, predicted);
        }

        if (matrix.Total == 0)
            throw new LabelException($"{labelPath}: no labelled pixel lies on a mapped pixel of {mapPath}.");
        return new MapComparison(Path.GetFullPath(mapPath), Path.GetFullPath(labelPath), classes, matrix, SegmentationScores.Of(matrix, classes), unmapped)
        {
            Checkpoint = checkpoint,
            PixelsOnTrainingGround = onTraining,
        };
    }

    /// <summary>Writes metrics.json (format "spectralearth-map-evaluation", version 1) and confusion.csv.</summary>
    /// <param name="folder">Folder; made where it is missing.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public void Write(string folder)
    {
        ScoreFiles.WriteCsv(Path.Combine(folder, ScoreFiles.ConfusionName), Matrix, Classes);
        ScoreFiles.WriteJson(FinetuneRun.ScoresOf(folder), new { Format = "spectralearth-map-evaluation", FormatVersion = 1, Map, Labels, Test = Scores, UnmappedPixels, PixelsOnTrainingGround, Warnings });
    }

    private static ClassTable? NamedBy(LabelRaster map) => map.ReadClassNames() is { Count: > 0 } names
        ? new ClassTable(names.Select(item => Class(item.Key, item.Value)))
        : null;

    private static ClassTable CodesIn(Overlap overlap)
    {
        var codes = new SortedSet<byte>();
        foreach (var (_, wanted, found) in overlap.Strips())
        {
            codes.UnionWith(wanted);
            codes.UnionWith(found);
        }

        codes.Remove(0);
        return codes.Count > 0
            ? new ClassTable(codes.Select(code => Class(code, $"class {code}")))
            : throw new LabelException("Neither the map nor the labels hold a class where they overlap.");
    }

    private static LabelClass Class(byte code, string name) => new() { Code = code, Name = name, Color = "#808080" };

    /// <summary>The rectangle that a map and labels on its grid share.</summary>
    private sealed record Overlap(LabelRaster Map, RasterGrid Grid, GridLabels Labels)
    {
        public static Overlap Of(LabelRaster map, LabelRaster labels)
        {
            var grid = map.Grid ?? throw new LabelException($"{map.Path} names no place on the map or no EPSG code; expected a map as predict writes it.");
            return labels.MatchProblem(grid, map.Path) is { } problem ? throw new LabelException($"{labels.Path}: {problem}") : new Overlap(map, grid, labels.On(grid));
        }

        /// <summary>Some rows at a time: where they lie, and the codes of labels and map.</summary>
        public IEnumerable<(RasterGrid Ground, byte[] Labels, byte[] Map)> Strips()
        {
            var shared = Labels.Window;
            for (var row = 0; row < shared.Height; row += RowsAtOnce)
            {
                var part = shared with { Row = shared.Row + row, Height = Math.Min(RowsAtOnce, shared.Height - row) };
                var ground = Grid with { Width = part.Width, Height = part.Height, GeoTransform = Grid.GeoTransform.Shifted(part.Column, part.Row) };
                yield return (ground, Labels.Read(part), Map.Read(part));
            }
        }
    }
}
