using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tiling.Merging;

/// <summary>
/// tile.yaml, scenes.csv and rejected.csv of a merged data set: as if all scenes had been tiled at once, where the options
/// allow; else without tile.yaml. Scenes of data sets that have no scenes.csv, as imported ones, stand in none; where no data set has one, there is no record.
/// </summary>
internal sealed class MergedRecords
{
    private readonly IReadOnlyList<SceneRecord>? scenes;
    private readonly IReadOnlyList<RejectedScene> rejected = [];
    private readonly TileRecord? record;

    private MergedRecords(IReadOnlyList<Tables> sources, PatchUnion union, bool areAll)
    {
        var patches = union.Patches.GroupBy(info => info.SceneId).ToDictionary(scene => scene.Key, scene => scene.Count());
        scenes = [.. sources.SelectMany(source => source.Scenes).Where(scene => !union.Superseded.ContainsKey(scene.SceneId))
            .DistinctBy(scene => scene.SceneId).OrderBy(scene => scene.SceneId, StringComparer.Ordinal)
            .Select(scene => scene with { Patches = patches.GetValueOrDefault(scene.SceneId) })];
        rejected = [.. sources.SelectMany(source => source.Rejected.Where(labels => !sources.Any(other => HasTaken(other, source, labels))))
            .Concat(union.Superseded.Select(scene => RejectedScene.Superseded(scene.Key, scene.Value)))
            .OrderBy(scene => scene.Path, StringComparer.Ordinal).ThenBy(scene => LabelUse.IsRejection(scene) ? scene.Reason : "", StringComparer.Ordinal).DistinctBy(scene => scene.Path)];
        var options = sources.Select(source => source.Options).OfType<IReadOnlyList<string>>().ToArray();
        if (areAll && options.Length == sources.Count && options.All(other => TileRecord.Differences(options[0], other).Count == 0))
            record = TileRecord.Of(options.Aggregate(TileRecord.WithLabelsOf), scenes, rejected, union.Patches.Count);
    }

    private MergedRecords()
    {
    }

    /// <summary>Whether the scenes of a data set took labels that those of another, to which the same files were given, did not.</summary>
    private static bool HasTaken(Tables tiles, Tables other, RejectedScene labels) => LabelUse.IsRejection(labels)
        && tiles.Options is not null && other.Options is not null && TileRecord.LabelsOf(tiles.Options).SequenceEqual(TileRecord.LabelsOf(other.Options))
        && tiles.Rejected.All(scene => scene.Path != labels.Path);

    /// <summary>True if all were tiled with equal options.</summary>
    public bool IsAsTiled => record is not null;

    /// <summary>Patches of a full shard by the common options; the usual number if there are none.</summary>
    public int PatchesPerShard => record?.GetPatchesPerShard() ?? DatasetParts.UsualPatchesPerShard;

    /// <summary>Merges the records of data sets.</summary>
    /// <exception cref="DatasetException">A record is damaged.</exception>
    /// <exception cref="RecipeException">A tile.yaml is damaged.</exception>
    public static MergedRecords Of(IReadOnlyList<string> folders, PatchUnion union)
    {
        var sources = folders.Select(Tables.Of).OfType<Tables>().ToArray();
        return sources.Length > 0 ? new MergedRecords(sources, union, areAll: sources.Length == folders.Count) : new MergedRecords();
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
        return Tables.FileNames;
    }

    /// <summary>Scenes of a data set and what was rejected.</summary>
    /// <param name="Scenes">Contents of scenes.csv.</param>
    /// <param name="Rejected">What was rejected, with the reasons.</param>
    /// <param name="Options">Options of tile; null of a data set that was merged of several with other ones.</param>
    private sealed record Tables(IReadOnlyList<SceneRecord> Scenes, IReadOnlyList<RejectedScene> Rejected, IReadOnlyList<string>? Options)
    {
        public static IReadOnlyList<string> FileNames { get; } = [SceneTable.FileName, RejectedScene.TableName];

        /// <summary>The tables of a data set; null if it has no scenes.csv.</summary>
        public static Tables? Of(string folder)
        {
            if (FinishedTiles.Read(folder) is { } tiles)
                return new Tables(tiles.Scenes, tiles.Record.Rejected, tiles.Record.Options);
            ChecksumList.RequireUnchanged(folder, FileNames);
            return SceneTable.Read(folder) is { } scenes ? new Tables(scenes, RejectedScene.ReadTable(folder), Options: null) : null;
        }
    }
}
