using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>A finished data set that was made by tile, with the records of how.</summary>
internal sealed class FinishedTiles
{
    private FinishedTiles(string folder, TileRecord record, IReadOnlyList<SceneRecord> scenes) => (Folder, Record, Scenes, AreRecordsListed) =
        (folder, record, scenes, ChecksumList.Names(folder, RecordFiles));

    /// <summary>Folder of the data set.</summary>
    public string Folder { get; }

    /// <summary>Contents of tile.yaml.</summary>
    public TileRecord Record { get; }

    /// <summary>Contents of scenes.csv, in order of the scenes' names.</summary>
    public IReadOnlyList<SceneRecord> Scenes { get; }

    /// <summary>False if a run was killed while it rewrote the records only: they are to be written again.</summary>
    public bool AreRecordsListed { get; }

    /// <summary>Files that <see cref="WriteRecords"/> writes.</summary>
    public static IReadOnlyList<string> RecordFiles { get; } = [SceneTable.FileName, RejectedScene.TableName, TileRecord.FileName];

    /// <summary>Writes tile.yaml, scenes.csv and rejected.csv.</summary>
    public static void WriteRecords(string folder, TileRecord record, IEnumerable<SceneRecord> scenes)
    {
        SceneTable.Write(folder, scenes);
        RejectedScene.WriteTable(folder, record.Rejected);
        AtomicFile.WriteText(Path.Combine(folder, TileRecord.FileName), RecipeFile.ToYaml(record));
    }

    /// <summary>The finished data set in a folder; null if tile did not make it.</summary>
    /// <exception cref="DatasetException">The records contradict each other or are damaged.</exception>
    /// <exception cref="RecipeException">tile.yaml is damaged.</exception>
    public static FinishedTiles? Read(string folder)
    {
        var file = Path.Combine(folder, TileRecord.FileName);
        if (!File.Exists(file))
            return null;
        ChecksumList.RequireUnchanged(folder, RecordFiles);
        if (SceneTable.Read(folder) is not { } scenes)
            return null;
        var record = RecipeFile.Read<TileRecord>(file);
        if (!record.Scenes.SequenceEqual(scenes.Select(scene => scene.SceneId)))
            throw new DatasetException($"{folder}: {TileRecord.FileName} names {record.Scenes.Count} scenes and {SceneTable.FileName} {scenes.Count}, and not the same ones. The files belong to different data sets; restore them.");
        return new FinishedTiles(folder, record, scenes);
    }

    /// <summary>Refuses options that would give other patches than those of the data set.</summary>
    /// <param name="options">Options of now.</param>
    /// <param name="addsScenes">Whether scenes are to be added; if so, labels may be, too. Those of then need not be there: they belong to scenes that are not read.</param>
    /// <exception cref="DatasetException">Names the differences.</exception>
    public void RequireOptions(IReadOnlyList<string> options, bool addsScenes)
    {
        var differences = TileRecord.Differences(Record.Options, options).ToList();
        var (then, now) = (TileRecord.LabelsOf(Record.Options), TileRecord.LabelsOf(options));
        if (!addsScenes && now.Except(then).Any())
            differences.Add("labels that it was not made with now, but no new scene");
        if (differences.Count > 0 && OneSidedLabels(then.Count, now.Count) is { } message)
            throw new DatasetException(message);
        if (differences.Count > 0)
            throw new DatasetException(
                $"{Folder}: holds a finished data set made with other options ({TileRecord.FirstOf(differences)}). Choose another folder, use the options of then, or delete this one.{(differences.Any(difference => difference.StartsWith("class ", StringComparison.Ordinal)) ? $" The classes of then: copy 'classes' of {Path.Combine(Folder, ManifestFile.FileName)} into a file and name it with --classes." : "")}");
    }

    /// <summary>What to say where only one of data set and command has labels; null otherwise.</summary>
    private string? OneSidedLabels(int then, int now) => (then, now) switch
    {
        (0, > 0) => $"{Folder}: holds a finished data set that was made without labels, but labels are named now. Leave out --labels and --classes, or tile all scenes with labels into another folder.",
        ( > 0, 0) => $"{Folder}: holds a finished data set that has labels, but none are named now. Name those of the new scenes with --labels, and the classes of then with --classes: copy 'classes' of {Path.Combine(Folder, ManifestFile.FileName)} into a file. Scenes without labels go into another folder.",
        _ => null,
    };
}
