using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Scenes;

/// <summary>A scene that was not used, or a file of labels.</summary>
public sealed record RejectedScene
{
    /// <summary>File name of the table of rejected scenes in a folder of results.</summary>
    public const string TableName = "rejected.csv";

    /// <summary>Folder or file as found.</summary>
    public required string Path { get; init; }
    /// <summary>What was found and expected, and what to do.</summary>
    public required string Reason { get; init; }
    /// <summary>True if nothing is wrong with the scene: a newer processing of the same acquisition takes its place.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>A scene that a newer processing of the same acquisition takes the place of.</summary>
    /// <param name="path">Folder or file as found, or the scene's name where no more is known.</param>
    /// <param name="newer">Name of the newer product.</param>
    public static RejectedScene Superseded(string path, string newer) =>
        new() { Path = path, Reason = $"Superseded by {newer}, a newer processing of the same acquisition.", IsSuperseded = true };

    /// <summary>Writes rejected.csv: path and reason of each scene.</summary>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void WriteTable(string folder, IEnumerable<RejectedScene> rejected)
    {
        var text = new StringBuilder("scene,reason\n");
        foreach (var scene in rejected)
            text.Append(CsvText.Quoted(scene.Path)).Append(',').Append(CsvText.Quoted(scene.Reason)).Append('\n');
        AtomicFile.WriteText(System.IO.Path.Combine(folder, TableName), text.ToString());
    }

    /// <summary>Reads rejected.csv.</summary>
    /// <exception cref="SceneException">The table is missing or damaged.</exception>
    public static IReadOnlyList<RejectedScene> ReadTable(string folder)
    {
        var file = System.IO.Path.Combine(folder, TableName);
        if (!File.Exists(file))
            throw new SceneException($"{file}: the file is missing. Restore it.");
        try
        {
            return [.. CsvText.Rows(File.ReadAllText(file)).Skip(1).Select(cells => cells.Count == 2
                ? new RejectedScene { Path = cells[0], Reason = cells[1] }
                : throw new FormatException($"a row has {cells.Count} cells, expected 2"))];
        }
        catch (FormatException e)
        {
            throw new SceneException($"{file}: the table is damaged ({e.Message}). Restore the file.", e);
        }
    }
}
