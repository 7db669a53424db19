using System.Text;

namespace SpectralEarth.Storage;

/// <summary>Comma-separated text with quoted cells (RFC 4180); lines end with a line feed.</summary>
public static class CsvText
{
    /// <summary>The cell, in quotes if it holds a comma, a quote or a line break.</summary>
    public static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The cells of all rows of a file, without quotes.</summary>
    /// <exception cref="FormatException">A quote is never closed; with the file.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Read(string path)
    {
        try
        {
            return [.. Rows(File.ReadAllText(path))];
        }
        catch (FormatException e)
        {
            throw new FormatException($"{path}: {e.Message}. Mend the file.", e);
        }
    }

    /// <summary>The cells of all rows, without quotes.</summary>
    /// <exception cref="FormatException">A quote is never closed.</exception>
    public static IEnumerable<IReadOnlyList<string>> Rows(string text)
    {
        var cell = new StringBuilder();
        var row = new List<string>();
        var isQuoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            var sign = text[at];
            if (sign == '"' && isQuoted && at + 1 < text.Length && text[at + 1] == '"')
                cell.Append(text[++at]);
            else if (sign == '"')
                isQuoted = !isQuoted;
            else if (isQuoted || sign is not (',' or '\n' or '\r'))
                cell.Append(sign);
            else if (sign != '\r')
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (sign == ',')
                    continue;
                yield return row;
                row = [];
            }
        }

        if (isQuoted)
            throw new FormatException("a quote is never closed");
        if (row.Count > 0 || cell.Length > 0)
            yield return [.. row, cell.ToString()];
    }
}
