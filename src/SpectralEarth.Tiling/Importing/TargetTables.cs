using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling.Importing;

/// <summary>Measured numbers of a published regression: CSV files whose column sample_index names the image.</summary>
/// <param name="names">Columns that are predicted.</param>
internal sealed class TargetTables(IReadOnlyList<string> names)
{
    private const string IndexColumn = "sample_index";

    private readonly Dictionary<string, (PatchTarget[]? Values, string? Problem)> rows = new(StringComparer.Ordinal);

    /// <summary>All numbers as text, for checksums.</summary>
    public string Text => string.Join('\n', rows.OrderBy(row => row.Key, StringComparer.Ordinal)
        .Select(row => FormattableString.Invariant($"{row.Key} {string.Join(' ', (row.Value.Values ?? []).Select(target => target.Value.ToString("R", CultureInfo.InvariantCulture)))}")));

    /// <summary>The numbers of a location.</summary>
    /// <exception cref="SceneException">There are none, or one is missing or not finite.</exception>
    public IReadOnlyList<PatchTarget> Of(string location)
    {
        if (!rows.TryGetValue(location, out var row))
            throw new SceneException($"{location}: no table has a row with {IndexColumn} {location}; expected its numbers {string.Join(", ", names)}.");
        return row.Values ?? throw new SceneException(row.Problem!);
    }

    /// <summary>Reads a table.</summary>
    /// <returns>Locations, in the order of the rows.</returns>
    /// <exception cref="SceneException">It lacks a column.</exception>
    /// <exception cref="FormatException">It is no CSV.</exception>
    public IReadOnlyList<string> Add(string path)
    {
        var (locations, header) = (new List<string>(), (List<string>?)null);
        foreach (var cells in CsvText.Read(path))
        {
            if (header is null)
            {
                header = [.. cells.Select(cell => cell.Trim())];
                if (names.Append(IndexColumn).Where(name => !header.Contains(name)).ToArray() is { Length: > 0 } missing)
                    throw new SceneException($"{path}: lacks the columns {string.Join(", ", missing)}; it has {string.Join(", ", header)}.");
                continue;
            }

            // Indices may be written as 12 or 12.0.
            var text = Cell(cells, IndexColumn);
            var location = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var index) ? ((long)index).ToString(CultureInfo.InvariantCulture) : text;
            rows[location] = Values(cells, $"{Path.GetFileName(path)}, {IndexColumn} {location}");
            locations.Add(location);
        }

        return locations;

        string Cell(IReadOnlyList<string> cells, string column) => header!.IndexOf(column) is var place && place < cells.Count ? cells[place].Trim() : "";

        (PatchTarget[]?, string?) Values(IReadOnlyList<string> cells, string where)
        {
            var values = new List<PatchTarget>();
            foreach (var name in names)
            {
                if (!double.TryParse(Cell(cells, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
                    return (null, $"{where}: {name} is '{Cell(cells, name)}'; expected a finite number. Correct the table, or take the row out.");
                values.Add(new PatchTarget(name, value));
            }

            return ([.. values], null);
        }
    }
}
