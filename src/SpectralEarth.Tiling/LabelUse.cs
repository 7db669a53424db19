using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;

namespace SpectralEarth.Tiling;

/// <summary>
/// Which labels of a run lie on none of its scenes. Each scene takes those that fit it, so only after all of them is known which nobody took.
/// It depends on the places of the scenes alone, whichever run or rank tiled them.
/// </summary>
internal sealed class LabelUse
{
    private const int Shown = 5;
    private const string OnNone = "These labels lie on none of the tiled scenes.";

    private readonly LabelSet labels;
    private readonly (string SceneId, RasterGrid Grid)[] scenes;
    private readonly Dictionary<string, string?> reasons = new(StringComparer.Ordinal);
    private readonly List<string> warnings = [];

    /// <param name="labels">Labels of the run.</param>
    /// <param name="scenes">Name and place of each scene that was tiled.</param>
    public LabelUse(LabelSet labels, IEnumerable<(string SceneId, RasterGrid Grid)> scenes)
    {
        (this.labels, this.scenes) = (labels, [.. scenes]);
        if (this.scenes.Length == 0)
            return;
        foreach (var raster in labels.Rasters)
        {
            reasons[raster.Path] = this.scenes.Any(scene => Problem(scene.Grid) is null) ? null : Reason(this.scenes.Select(scene => $"{scene.SceneId}: {Problem(scene.Grid)}"));

            string? Problem(RasterGrid grid) => raster.MatchProblem(grid, "the scene");
        }

        foreach (var file in labels.Polygons)
            reasons[file.Path] = Look(file);
    }

    /// <summary>What a person should know of polygons that label nothing.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Files of which this run can say whether a scene took them.</summary>
    public IEnumerable<string> Judged => reasons.Keys;

    /// <summary>Whether something rejected is a file of labels on no scene.</summary>
    public static bool IsRejection(RejectedScene rejected) => rejected.Reason.StartsWith(OnNone, StringComparison.Ordinal);

    /// <summary>Files of labels that lie on no scene.</summary>
    /// <param name="present">Data set that the scenes are added to; null to make one.</param>
    public IEnumerable<RejectedScene> Rejected(FinishedTiles? present)
    {
        var known = present is null ? [] : TileRecord.LabelsOf(present.Record.Options);
        foreach (var (path, checksum) in labels.Files.DistinctBy(file => file.Path))
        {
            if (reasons.GetValueOrDefault(path) is not { } reason)
                continue;
            var before = known.Contains(checksum) ? present!.Record.Rejected.FirstOrDefault(scene => scene.Path == path)?.Reason : reason;
            // Without a reason a scene of then took it. Of two the first is told, as if all scenes had been tiled at once.
            if (before is not null)
                yield return new RejectedScene { Path = path, Reason = string.CompareOrdinal(before, reason) < 0 ? before : reason };
        }
    }

    private static string Reason(IEnumerable<string> problems) => $"{OnNone} Of {problems.Min(StringComparer.Ordinal)}";

    /// <summary>Looks for the polygons of a file; why none of them labels a pixel, or null.</summary>
    private string? Look(PolygonFile file)
    {
        var covers = Covers(file);
        var places = file.Polygons.Select(polygon => (polygon.Place, Class: labels.ClassOf(polygon), Covers: covers.TryGetValue(polygon, out var isFound) ? isFound : (bool?)null)).Where(polygon => polygon.Class is not null).ToArray();
        var small = places.Where(polygon => polygon.Covers == false).ToArray();
        if (small.Length > 0)
        {
            var classes = small.GroupBy(polygon => polygon.Class!.Name, StringComparer.Ordinal).Select(group =>
                $"{group.Count()} of {group.Key} ({string.Join(", ", group.Take(Shown).Select(polygon => polygon.Place))}{(group.Count() > Shown ? ", ..." : "")})");
            warnings.Add($"{file.Path}: {small.Length} of {places.Count(polygon => polygon.Covers is not null)} polygons on the scenes hold no pixel's centre and label nothing: {string.Join("; ", classes)}. They are smaller than a pixel; merge them with their neighbours of the class, or enlarge them.");
        }

        if (places.Length == 0 || places.Any(polygon => polygon.Covers == true))
            return null;
        var extent = file.Extent;
        return Reason(scenes.Select(scene => $"{scene.SceneId}: no pixel's centre lies in one of the polygons, which reach over {extent}; the scene over {PolygonFile.ExtentOf(scene.Grid)}."));
    }

    /// <summary>Of the polygons on the scenes, whether they cover a pixel's centre of one.</summary>
    private Dictionary<LabelPolygon, bool> Covers(PolygonFile file)
    {
        var covers = new Dictionary<LabelPolygon, bool>(ReferenceEqualityComparer.Instance);
        foreach (var (_, grid) in scenes)
        {
            foreach (var polygon in file.Near(grid).Where(polygon => !covers.GetValueOrDefault(polygon)))
            {
                if (file.CoversPixel(polygon, grid) is { } isFound)
                    covers[polygon] = isFound;
            }
        }

        return covers;
    }
}
