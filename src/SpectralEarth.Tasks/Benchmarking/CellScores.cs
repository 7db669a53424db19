using System.Text.Json;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>The scores of a finished cell, as its metrics.json has them: of the test, or of the validation where the split keeps no test.</summary>
/// <param name="Values">Scores by key.</param>
/// <param name="Summary">Keys of those that models are compared by, in order; one that is undefined has no value.</param>
/// <param name="Intervals">Their confidence intervals; a validation has none.</param>
/// <param name="Split">In words: how the test was kept apart.</param>
/// <param name="Checkpoint">Checkpoint that was used; empty without.</param>
/// <param name="CheckpointChecksum">Checksum of its weights; empty without.</param>
public sealed record CellScores(
    IReadOnlyDictionary<string, double> Values, IReadOnlyList<string> Summary, IReadOnlyDictionary<string, ScoreInterval> Intervals, string Split, string Checkpoint, string CheckpointChecksum)
{
    /// <summary>Reads the scores of a run folder; null if the run is not finished.</summary>
    /// <exception cref="IOException">The file cannot be read, or holds no scores.</exception>
    public static CellScores? Read(string folder)
    {
        var path = FinetuneRun.ScoresOf(folder);
        if (!File.Exists(path))
            return null;
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllText(path));
            var root = file.RootElement;
            var hasTest = root.GetProperty("test").ValueKind == JsonValueKind.Object;
            var scores = root.GetProperty(hasTest ? "test" : "validation");
            return new CellScores(
                scores.EnumerateObject().Where(item => item.Value.ValueKind == JsonValueKind.Number).ToDictionary(item => item.Name, item => item.Value.GetDouble(), StringComparer.Ordinal),
                [.. root.GetProperty("summary").EnumerateArray().Select(key => key.GetString()!)],
                root.GetProperty("test_intervals").EnumerateObject().ToDictionary(item => item.Name,
                    item => new ScoreInterval(item.Value.GetProperty("low").GetDouble(), item.Value.GetProperty("high").GetDouble()), StringComparer.Ordinal),
                SplitText(root.GetProperty("split"), hasTest),
                root.GetProperty("checkpoint").GetString()!, root.GetProperty("checkpoint_checksum").GetString()!);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new IOException($"{path}: no scores can be read from it ({error.Message}). Delete the folder to run the cell again.", error);
        }
    }

    private static string SplitText(JsonElement split, bool hasTest) => $"split by {split.GetProperty("by")}: {split.GetProperty("train_patches")} patches train, " + (hasTest
        ? $"{split.GetProperty("test_patches")} test; {split.GetProperty("test_scenes_shared_with_train")} of {split.GetProperty("test_scenes")} test scenes also supply training patches"
        : $"none test: the scores are those of the {split.GetProperty("validation_patches")} validation patches, by which the weights of the networks were chosen, too");
}
