using System.Globalization;
using SpectralEarth.Recipes;
using SpectralEarth.Storage;

namespace SpectralEarth.Spectra;

/// <summary>A small comma-separated table with a header line; every error names file, line and column.</summary>
internal sealed class CsvTable
{
    private const int ShortestNm = 100, LongestNm = 100_000;

    private readonly string path;
    private readonly string[] columns;
    private readonly (int Line, string[] Cells)[] rows;

    private CsvTable(string path, IReadOnlyList<IReadOnlyList<string>> table)
    {
        this.path = path;
        var lines = table.Select((cells, index) => (Line: index + 1, Cells: cells.Select(cell => cell.Trim()).ToArray())).ToArray();
        columns = lines is [var header, ..] ? header.Cells : [];
        rows = [.. lines.Skip(1).Where(line => line.Cells is not [""])];
        if (rows.Length == 0)
            throw new RecipeException($"{path}: the table has no rows below its header.");
        if (rows.FirstOrDefault(row => row.Cells.Length != columns.Length) is { Cells: not null } wrong)
            throw new RecipeException($"{path}:{wrong.Line}: {wrong.Cells.Length} cells, but the header names {columns.Length} columns.{Separators}");
    }

    /// <summary>What to say where the header shows other separators.</summary>
    private string Separators => columns.Any(column => column.AsSpan().ContainsAny(';', '\t')) ? " Separate cells by commas, decimals by points." : "";

    /// <summary>Reads a file.</summary>
    /// <exception cref="RecipeException">The file is missing, empty, ragged or no CSV.</exception>
    public static CsvTable Read(string path)
    {
        if (!File.Exists(path))
            throw new RecipeException($"{path}: there is no such file, but the sensor descriptor names it.");
        try
        {
            return new CsvTable(path, CsvText.Read(path));
        }
        catch (FormatException e) when (e is not RecipeException)
        {
            throw new RecipeException(e.Message, e);
        }
    }

    /// <summary>A column of whole numbers of 1 or more.</summary>
    public IReadOnlyList<int> PositiveIntegers(string column) => [.. Cells(column).Select(cell =>
        int.TryParse(cell.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? value
            : throw Wrong(cell, column, "a whole number of 1 or more"))];

    /// <summary>A column of finite numbers above 0.</summary>
    public IReadOnlyList<double> PositiveNumbers(string column) => [.. Cells(column).Select(cell =>
        double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value > 0
            ? value
            : throw Wrong(cell, column, "a number above 0"))];

    /// <summary>A column of wavelengths, nm.</summary>
    public IReadOnlyList<double> WavelengthsNm(string column) => [.. PositiveNumbers(column).Zip(Cells(column), (value, cell) => value switch
    {
        < ShortestNm => throw Wrong(cell, column, $"nanometres, {ShortestNm} to {LongestNm}", " Are these micrometres? Multiply by 1000."),
        > LongestNm => throw Wrong(cell, column, $"nanometres, {ShortestNm} to {LongestNm}"),
        _ => value,
    })];

    private IEnumerable<(int Line, string Text)> Cells(string column)
    {
        var index = Array.IndexOf(columns, column);
        if (index < 0)
            throw new RecipeException($"{path}:1: there is no column '{column}'; {NearestName.Hint(columns, column)}{Separators}");
        return rows.Select(row => (row.Line, row.Cells[index]));
    }

    private RecipeException Wrong((int Line, string Text) cell, string column, string expected, string advice = "") =>
        new($"{path}:{cell.Line}: column '{column}' must be {expected}, but is '{cell.Text}'.{advice}");
}
