using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>Writes scores and confusion matrices in forms that other programs read.</summary>
public static class ScoreFiles
{
    /// <summary>File name of a confusion matrix in a run folder.</summary>
    public const string ConfusionName = "confusion.csv";

    /// <summary>File name of what was estimated for each patch.</summary>
    public const string PredictionsName = "predictions.csv";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly JsonSerializerOptions Reading = new(Json) { Converters = { new AnyScores() } };

    /// <summary>Writes a record as JSON with snake_case keys.</summary>
    public static void WriteJson<T>(string path, T content) => AtomicFile.WriteText(path, JsonSerializer.Serialize(content, Json) + "\n");

    /// <summary>Reads a record that <see cref="WriteJson"/> wrote; null if another version of the program wrote it, with other keys.</summary>
    internal static T? ReadJson<T>(string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Reading);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>All scores that are a single defined number, by the keys that they have in files.</summary>
    internal static IReadOnlyDictionary<string, double> Numbers(IScores scores) =>
        JsonSerializer.SerializeToElement(scores, Json).EnumerateObject().Where(item => item.Value.ValueKind == JsonValueKind.Number)
            .ToDictionary(item => item.Name, item => item.Value.GetDouble(), StringComparer.Ordinal);

    /// <summary>Writes the matrix as CSV: a row per reference class, a column per predicted class.</summary>
    public static void WriteCsv(string path, ConfusionMatrix matrix, ClassTable classes)
    {
        var text = new StringBuilder("reference \\ predicted");
        foreach (var column in classes)
            text.Append(',').Append(CsvText.Quoted(column.Name));
        text.Append('\n');
        for (var reference = 0; reference < matrix.Classes; reference++)
        {
            text.Append(CsvText.Quoted(classes[reference].Name));
            for (var predicted = 0; predicted < matrix.Classes; predicted++)
                text.Append(CultureInfo.InvariantCulture, $",{matrix[reference, predicted]}");
            text.Append('\n');
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>Writes what was estimated as CSV: a row per patch, of each class or target the label and the estimate in full.</summary>
    /// <param name="path">File.</param>
    /// <param name="patches">Patches in the order of the store.</param>
    /// <param name="store">Labels and estimates.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WritePredictions(string path, IEnumerable<PatchInfo> patches, IPatchEstimates store)
    {
        var text = new StringBuilder("location_id,scene_id,time");
        foreach (var name in store.Names)
            text.Append(CultureInfo.InvariantCulture, $",{CsvText.Quoted("label_" + name)},{CsvText.Quoted("estimate_" + name)}");
        text.Append('\n');
        foreach (var (info, (labels, estimates)) in patches.Zip(store.Rows))
        {
            text.Append(CultureInfo.InvariantCulture, $"{CsvText.Quoted(info.LocationId)},{CsvText.Quoted(info.SceneId)},{info.Time:yyyy-MM-ddTHH:mm:ssZ}");
            foreach (var (label, estimate) in labels.Zip(estimates))
                text.Append(CultureInfo.InvariantCulture, $",{label:R},{estimate:R}");
            text.Append('\n');
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>Reads scores of any kind, which their keys tell apart.</summary>
    private sealed class AnyScores : JsonConverter<IScores>
    {
        public override IScores? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var scores = JsonDocument.ParseValue(ref reader);
            return scores.RootElement.TryGetProperty("rmse", out _) ? scores.Deserialize<RegressionScores>(Json)
                : scores.RootElement.TryGetProperty("subset_accuracy", out _) ? scores.Deserialize<MultiLabelScores>(Json)
                : scores.Deserialize<ConfusionScores>(Json);
        }

        public override void Write(Utf8JsonWriter writer, IScores value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, Json);
    }
}
