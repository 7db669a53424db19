using System.Globalization;
using System.Text.Json;

namespace SpectralEarth.Checkpoints;

/// <summary>What a run left beside its checkpoint, for people.</summary>
/// <param name="Recipe">Text of recipe.yaml; null if there is none.</param>
/// <param name="Metrics">Names and values of the last or the final figures.</param>
internal sealed record RunRecords(string? Recipe, IReadOnlyList<(string Name, string Value)> Metrics)
{
    /// <summary>Format of the scores that a run leaves; others, of an evaluation on any ground, are no record of the run.</summary>
    private const string RunFormat = "spectralearth-metrics";

    private static readonly string[] ScoredParts = ["test", "validation"];

    /// <summary>Reads the records of the run that a checkpoint belongs to.</summary>
    /// <exception cref="CheckpointException">metrics.json cannot be read.</exception>
    internal static RunRecords Of(string checkpoint)
    {
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(checkpoint)) ?? "";
        if (Path.GetFileName(Path.GetDirectoryName(checkpoint)) != CheckpointFile.Folder)
            return new RunRecords(null, []);
        var (recipe, scores, steps) = (Path.Combine(folder, "recipe.yaml"), Path.Combine(folder, "metrics.json"), Path.Combine(folder, "metrics.csv"));
        var metrics = File.Exists(scores) ? Scores(scores) : File.Exists(steps) ? LastStep(steps) : [];
        return new RunRecords(File.Exists(recipe) ? File.ReadAllText(recipe) : null, metrics);
    }

    private static (string, string)[] Scores(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            if (!document.RootElement.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != RunFormat)
                return [];
            return [.. from part in ScoredParts
                       where document.RootElement.TryGetProperty(part, out var scores) && scores.ValueKind == JsonValueKind.Object
                       from score in document.RootElement.GetProperty(part).EnumerateObject()
                       where score.Value.ValueKind == JsonValueKind.Number
                       select ($"{part} {score.Name}", score.Value.GetDouble().ToString("0.####", CultureInfo.InvariantCulture))];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path}: the file is no JSON of scores ({error.Message}). Finish the run again, or delete the file.", error);
        }
    }

    private static (string, string)[] LastStep(string path)
    {
        var lines = File.ReadAllLines(path);
        return lines.Length < 2 ? [] : [.. lines[0].Split(',').Zip(lines[^1].Split(',')).Where(pair => pair.First is "step" or "epoch" or "loss")];
    }
}
