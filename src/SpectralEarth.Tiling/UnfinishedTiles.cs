using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>A run of tile that was stopped: the options by which it began, beside the scenes that it finished.</summary>
internal static class UnfinishedTiles
{
    private const string FileName = "options";

    /// <summary>Writes down by which options the scenes are tiled.</summary>
    /// <param name="work">Folder of the units, which this process holds.</param>
    /// <param name="options">Lines of <see cref="TilePlan.OptionLines"/>.</param>
    public static void Note(string work, IReadOnlyList<string> options) => AtomicFile.WriteText(Path.Combine(work, FileName), TextOf(options));

    /// <summary>Says that the scenes are in a data set, or about to be: other options lose none of them.</summary>
    /// <param name="work">Folder of the units, which this process holds.</param>
    public static void Forget(string work) => File.Delete(Path.Combine(work, FileName));

    /// <summary>
    /// Refuses options by which the finished scenes of a stopped run would be tiled again: they may be days of work. Older programs did not note
    /// their options; scenes of theirs that do not fit are tiled again.
    /// </summary>
    /// <param name="folder">Folder of the data set.</param>
    /// <param name="options">Options of now.</param>
    /// <exception cref="DatasetException">Names the differences.</exception>
    public static void RequireOptions(string folder, IReadOnlyList<string> options)
    {
        var work = WorkFolder.WorkOf(folder);
        var file = Path.Combine(work, FileName);
        // What is complete is put in place first, and is a finished data set then.
        if (WorkFolder.IsNextComplete(folder) || !File.Exists(file) || File.ReadAllText(file) is not { } text || text == TextOf(options))
            return;
        var scenes = Directory.EnumerateDirectories(work).Count(WorkUnit<UnitRecord>.IsFinished);
        if (scenes > 0)
            throw new DatasetException($"{folder}: holds an unfinished run of 'tile' with other options ({TileRecord.DifferencesText(Lines(text), options)}) and {scenes} finished {(scenes == 1 ? "scene" : "scenes")}. Finish it with the options of then, choose another folder, or delete {work} to begin anew.");
    }

    private static string TextOf(IEnumerable<string> options) => string.Join('\n', options);

    private static string[] Lines(string text) => text.Split('\n');
}
