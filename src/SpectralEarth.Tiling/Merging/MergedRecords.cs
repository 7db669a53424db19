using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Merging;

/// <summary>
/// tile.yaml, scenes.csv and rejected.csv of a merged data set: as if all scenes had been tiled at once, where the options
/// allow; else without tile.yaml, and without any where a data set was not made by tile.
/// </summary>
internal sealed class MergedRecords
{
    private readonly IReadOnlyList<SceneRecord>? scenes;
    private readonly IReadOnlyList<RejectedScene> rejected = [];
    private readonly TileRecord? record;

    private MergedRecords(IReadOnlyList<FinishedTiles> sources, PatchUnion union)
    {
        var patches = union.Patches.GroupBy(info => info.SceneId).ToDictionary(scene => scene.Key, scene => scene.Count());
        scenes = [.. sources.SelectMany(source => source.Scenes).Where(scene => !union.Superseded.ContainsKey(scene.SceneId))
            .DistinctBy(scene => scene.SceneId).OrderBy(scene => scene.SceneId, StringComparer.Ordinal)
            .Select(scene => scene with { Patches = patches.GetValueOrDefault(scene.SceneId) })];
        rejected = [.. sources.SelectMany(source => source.Record.Rejected.Where(labels => !sources.Any(other => HasTaken(other, source, labels))))
            .Concat(union.Superseded.Select(scene => RejectedScene.Superseded(scene.Key, scene.Value)))
            .OrderBy(scene => scene.Path, StringComparer.Ordinal).ThenBy(scene => LabelUse.IsRejection(scene) ? scene.Reason : "", StringComparer.Ordinal).DistinctBy(scene => scene.Path)];
        var options = sources.Select(source => source.Record.Options).ToArray();
        if (options.All(other => TileRecord.Differences(options[0], other).Count == 0))
            record = TileRecord.Of(options.Aggregate(TileRecord.WithLabelsOf), scenes, rejected, union.Patches.Count);
    }

    private MergedRecords()
    {
    }

    /// <summary>Whether the scenes of a data set took labels that those of another, to which the same files were given, did not.</summary>
    private static bool HasTaken(FinishedTiles tiles, FinishedTiles other, RejectedScene labels) => LabelUse.IsRejection(labels)
        && TileRecord.LabelsOf(tiles.Record.Options).SequenceEqual(TileRecord.LabelsOf(other.Record.Options))
        && tiles.Record.Rejected.All(scene => scene.Path != labels.Path);

    /// <summary>True if all were tiled with equal options.</summary>
    public bool IsAsTiled => record is not null;

    /// <summary>Patches of a full shard by the common options; null if there are none.</summary>
    public int? PatchesPerShard => record?.GetPatchesPerShard();

    /// <summary>Merges the records of data sets.</summary>
    /// <exception cref="DatasetException">A record is damaged.</exception>
    /// <exception cref="RecipeException">A tile.yaml is damaged.</exception>
    public static MergedRecords Of(IReadOnlyList<string> folders, PatchUnion union)
    {
        var sources = folders.Select(FinishedTiles.Read).OfType<FinishedTiles>().ToArray();
        return sources.Length == folders.Count ? new MergedRecords(sources, union) : new MergedRecords();
    }

    /// <summary>Writes the files into a folder and returns their names.</summary>
    public IReadOnlyList<string> Write(string folder)
    {
        if (record is not null)
        {
            FinishedTiles.WriteRecords(folder, record, scenes!);
            return FinishedTiles.RecordFiles;
        }

        if (scenes is null)
            return [];
        SceneTable.Write(folder, scenes);
        RejectedScene.WriteTable(folder, rejected);
        return [SceneTable.FileName, RejectedScene.TableName];
    }
}
