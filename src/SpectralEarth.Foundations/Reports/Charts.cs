namespace SpectralEarth.Reports;

/// <summary>Draws charts as PNG, all of one size and style; equal data give equal bytes.</summary>
public static class Charts
{
    /// <summary>Width at which a chart is meant to be shown, CSS pixels; the PNG has twice as many.</summary>
    public const int Width = 800;

    /// <summary>Most columns of a matrix whose cells carry their values; beyond, they carry percent of their row.</summary>
    public const int MaximumValueColumns = 10;

    /// <summary>Ratio of the largest to the smallest value above which a linear axis shows the large ones only: three decades.</summary>
    private const double WideRange = 1000;

    private const int Height = 420;
    private const int MapHeight = 560;
    private const int Sharpness = 2;

    /// <summary>Lines over a common axis, for example losses over steps.</summary>
    /// <param name="title">Title.</param>
    /// <param name="xTitle">What positions are.</param>
    /// <param name="yTitle">Quantity and unit.</param>
    /// <param name="series">The lines.</param>
    /// <param name="marks">Positions of dashed vertical lines; null: none.</param>
    /// <param name="logarithmicIfWide">Whether values that are all positive and span more than three decades get a logarithmic axis, whose title says so.</param>
    /// <exception cref="ArgumentException">A series has unequal numbers of positions and values.</exception>
    public static byte[] Lines(string title, string xTitle, string yTitle, IReadOnlyList<ChartSeries> series,
        IReadOnlyList<double>? marks = null, bool logarithmicIfWide = false)
    {
        var isLogarithmic = logarithmicIfWide && IsWide(series);
        using var chart = new ChartCanvas(title, xTitle, isLogarithmic ? yTitle + " (logarithmic)" : yTitle);
        if (isLogarithmic)
        {
            series = [.. series.Select(line => line with { Y = [.. line.Y.Select(Math.Log10)] })];
            chart.ShowPowersOfTen();
        }

        foreach (var mark in marks ?? [])
            chart.Mark(mark);
        return WithLines(chart, series);
    }

    /// <summary>Spectra over wavelength; lines are broken where bands are missing, as in the water-vapour gaps.</summary>
    /// <param name="title">Title.</param>
    /// <param name="yTitle">Quantity and unit.</param>
    /// <param name="spectra">Wavelengths in nm, in any order, with their values.</param>
    /// <param name="shade">Wavelengths to shade; null: none.</param>
    /// <exception cref="ArgumentException">A spectrum has unequal numbers of wavelengths and values.</exception>
    public static byte[] Spectra(string title, string yTitle, IReadOnlyList<ChartSeries> spectra, ChartShade? shade = null)
    {
        using var chart = new ChartCanvas(title, "Wavelength (nm)", yTitle);
        if (shade is not null)
            chart.Shade(shade);
        return WithLines(chart, [.. spectra.Select(SpectrumGaps.Broken)]);
    }

    /// <summary>A map of areas in longitude and latitude, true to shape at its middle; small areas are dots.</summary>
    public static byte[] Map(string title, IReadOnlyList<MapAreas> kinds)
    {
        using var chart = new ChartCanvas(title, "Longitude (°)", "Latitude (°)");
        chart.Map(kinds, Width - 90, MapHeight - 100);
        chart.ShowLegend();
        return chart.ToPng(Width, MapHeight, Sharpness);
    }

    /// <summary>Horizontal bars with their values, the first on top.</summary>
    public static byte[] Bars(string title, string valueTitle, IReadOnlyList<ChartBar> bars)
    {
        using var chart = new ChartCanvas(title, valueTitle, "");
        chart.Bars(bars);
        return chart.ToPng(Width, Math.Max(160, 100 + 26 * bars.Count), Sharpness);
    }

    /// <summary>Points over the dashed line of equal values, for example estimates over labels; both axes have one scale.</summary>
    /// <exception cref="ArgumentException">The numbers of positions and values are unequal.</exception>
    public static byte[] Points(string title, string xTitle, string yTitle, IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        using var chart = new ChartCanvas(title, xTitle, yTitle);
        chart.Points(x, y);
        chart.HideLegend();
        return chart.ToPng(Width, MapHeight, Sharpness);
    }

    /// <summary>A matrix of numbers with coloured cells, for example a confusion matrix.</summary>
    /// <param name="title">Title.</param>
    /// <param name="rowTitle">What rows are, for example "Label".</param>
    /// <param name="columnTitle">What columns are, for example "Prediction".</param>
    /// <param name="rows">Names of the rows, top first.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="cells">Values by row and column; each row is coloured relative to its sum.</param>
    /// <exception cref="ArgumentException">The number of names differs from the size of the matrix.</exception>
    public static byte[] Matrix(string title, string rowTitle, string columnTitle,
        IReadOnlyList<string> rows, IReadOnlyList<string> columns, double[,] cells)
    {
        if (cells.GetLength(0) != rows.Count || cells.GetLength(1) != columns.Count)
        {
            throw new ArgumentException(
                $"A matrix of {cells.GetLength(0)} x {cells.GetLength(1)} with {rows.Count} row and {columns.Count} column names.", nameof(cells));
        }

        using var chart = new ChartCanvas(title, columnTitle, rowTitle);
        chart.Matrix(rows, columns, cells);
        var names = columns.Count > 6 ? ChartCanvas.ColumnNameHeight(columns.Max(name => name.Length)) : 60;
        return chart.ToPng(Width, 80 + names + (rows.Count > MaximumValueColumns ? 24 : 40) * rows.Count, Sharpness);
    }

    private static byte[] WithLines(ChartCanvas chart, IReadOnlyList<ChartSeries> series)
    {
        foreach (var (line, index) in series.Select((line, index) => (line, index)))
            chart.Line(line, index);
        if (series.Count > 1)
            chart.ShowLegendBeside();
        else
            chart.HideLegend();
        return chart.ToPng(Width, Height, Sharpness);
    }

    private static bool IsWide(IReadOnlyList<ChartSeries> series)
    {
        double[] values = [.. series.SelectMany(line => line.Y).Where(double.IsFinite)];
        return values.Length > 0 && values.Min() is > 0 and var smallest && values.Max() > WideRange * smallest;
    }
}
