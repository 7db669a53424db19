using System.Text;
using System.Text.Json;
using SpectralEarth.Storage;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>Writes scores and confusion matrices in forms that other programs read.</summary>
public static class ScoreFiles
{
    /// <summary>File name of a confusion matrix in a run folder.</summary>
    public const string ConfusionName = "confusion.csv";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Writes a record as JSON with snake_case keys.</summary>
    public static void WriteJson<T>(string path, T content) => AtomicFile.WriteText(path, JsonSerializer.Serialize(content, Json) + "\n");

    /// <summary>Writes the matrix as CSV: a row per reference class, a column per predicted class, names quoted.</summary>
    public static void WriteCsv(string path, ConfusionMatrix matrix, ClassTable classes)
    {
        var text = new StringBuilder("\"reference \\ predicted\"");
        foreach (var column in classes)
            text.Append(',').Append(Quoted(column.Name));
        text.Append('\n');
        for (var reference = 0; reference < matrix.Classes; reference++)
        {
            text.Append(Quoted(classes[reference].Name));
            for (var predicted = 0; predicted < matrix.Classes; predicted++)
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $",{matrix[reference, predicted]}");
            text.Append('\n');
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>A CSV field in quotes (RFC 4180).</summary>
    internal static string Quoted(string field) => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
