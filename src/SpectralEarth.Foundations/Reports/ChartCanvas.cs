using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace SpectralEarth.Reports;

/// <summary>One chart being drawn: the house style over ScottPlot.</summary>
internal sealed partial class ChartCanvas : IDisposable
{
    private static readonly Color Ink = Color.FromHex("#1d2126");
    private static readonly Color Grid = Color.FromHex("#e3e7eb");

    // Okabe and Ito 2008: distinguishable with colour-blind eyes too.
    private static readonly Color[] Palette =
        [.. new[] { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b6b6b", "#a09000" }.Select(Color.FromHex)];

    private readonly Plot plot = new();

    static ChartCanvas() => Fonts.FontResolvers.Insert(0, new EmbeddedFontResolver());

    /// <summary>An empty chart.</summary>
    public ChartCanvas(string title, string xTitle, string yTitle)
    {
        plot.FigureBackground.Color = Colors.White;
        plot.Font.Set(EmbeddedFontResolver.Name);
        plot.Axes.Color(Ink);
        plot.Grid.MajorLineColor = Grid;
        plot.Axes.Title.Label.Text = title;
        plot.Axes.Title.Label.FontSize = 15;
        plot.Axes.Bottom.Label.Text = xTitle;
        plot.Axes.Left.Label.Text = yTitle;
        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            axis.Label.FontSize = 13;
            axis.Label.Bold = false;
            axis.TickLabelStyle.FontSize = 12;
        }

        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
    }

    /// <summary>Adds a line, broken where a value is not finite.</summary>
    public void Line(ChartSeries series, int index)
    {
        if (series.X.Count != series.Y.Count)
            throw new ArgumentException($"Series '{series.Name}' has {series.X.Count} positions and {series.Y.Count} values.", nameof(series));
        var color = series.Color is { } rgb ? ColorOf(rgb) : Palette[index % Palette.Length];
        var name = series.Name;
        for (var start = 0; start < series.X.Count; start++)
        {
            var end = start;
            while (end < series.X.Count && double.IsFinite(series.X[end]) && double.IsFinite(series.Y[end]))
                end++;
            if (end == start)
                continue;
            var line = plot.Add.Scatter(series.X.Skip(start).Take(end - start).ToArray(), series.Y.Skip(start).Take(end - start).ToArray(), color);
            line.LineWidth = 1.7f;
            line.MarkerSize = end - start == 1 ? 5 : 0;
            line.LegendText = name;
            (name, start) = ("", end);
        }
    }

    /// <summary>Adds a dashed vertical line at a position.</summary>
    public void Mark(double x) => plot.Add.VerticalLine(x, width: 1.2f, color: Ink, pattern: LinePattern.Dashed);

    /// <summary>Shades positions; call before lines are added, which it would cover.</summary>
    public void Shade(ChartShade shade)
    {
        var name = shade.Name;
        foreach (var (from, to) in shade.Ranges)
        {
            var span = plot.Add.HorizontalSpan(from, to, Grid);
            span.LineStyle.IsVisible = false;
            span.LegendText = name;
            name = "";
        }
    }

    /// <summary>Names the vertical axis by powers of ten: the values of the lines are decimal logarithms.</summary>
    public void ShowPowersOfTen() => plot.Axes.Left.TickGenerator = new NumericAutomatic
    {
        IntegerTicksOnly = true,
        MinorTickGenerator = new LogMinorTickGenerator(),
        LabelFormatter = power => power is >= -4 and <= 5
            ? Math.Pow(10, power).ToString("0.####", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"1e{power:0}"),
    };

    /// <summary>Shows the names in a corner of the chart.</summary>
    public void ShowLegend()
    {
        StyleLegend();
        plot.Legend.IsVisible = true;
    }

    /// <summary>Shows the names of the lines beside the chart, where they hide no line.</summary>
    public void ShowLegendBeside()
    {
        StyleLegend();
        plot.ShowLegend(Edge.Right);
    }

    /// <summary>Shows no names: ScottPlot would draw them over the lines as soon as one has a name.</summary>
    public void HideLegend() => plot.HideLegend();

    private void StyleLegend()
    {
        plot.Legend.FontSize = 12;
        plot.Legend.Alignment = Alignment.UpperRight;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.OutlineColor = Grid;
    }

    /// <summary>Adds horizontal bars, the first on top.</summary>
    public void Bars(IReadOnlyList<ChartBar> bars)
    {
        var drawn = bars.Select((bar, index) => new Bar
        {
            Position = bars.Count - 1 - index,
            Value = bar.Value is { } length && double.IsFinite(length) ? length : 0,
            FillColor = bar.Color is { } rgb ? ColorOf(rgb) : Palette[0],
            LineWidth = 0,
            Size = 0.7,
            Orientation = Orientation.Horizontal,
            Label = bar.Value is { } value && double.IsFinite(value) ? Number(value) : "-",
        }).ToList();
        var plotted = plot.Add.Bars(drawn);
        plotted.ValueLabelStyle.FontSize = 12;
        plotted.ValueLabelStyle.FontName = EmbeddedFontResolver.Name;
        plotted.ValueLabelStyle.ForeColor = Ink;
        SetNames(plot.Axes.Left, [.. bars.Select(bar => bar.Name).Reverse()]);
        plot.Grid.YAxisStyle.IsVisible = false;
        var (low, high) = (drawn.Select(bar => bar.Value).Append(0).Min(), drawn.Select(bar => bar.Value).Append(0).Max());
        var margin = 0.12 * Math.Max(high - low, 1e-12);
        plot.Axes.SetLimits(low < 0 ? low - margin : 0, high + margin, -0.6, bars.Count - 0.4);
    }

    /// <summary>Adds points over the line of equal values, with both axes of one scale.</summary>
    public void Points(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count)
            throw new ArgumentException($"{x.Count} positions and {y.Count} values.", nameof(x));
        if (x.Count == 0)
            return;
        var (low, high) = (Math.Min(x.Min(), y.Min()), Math.Max(x.Max(), y.Max()));
        var margin = 0.05 * Math.Max(high - low, 1e-6 * Math.Max(1, Math.Max(Math.Abs(low), Math.Abs(high))));
        (low, high) = (low - margin, high + margin);
        var equal = plot.Add.Line(low, low, high, high);
        equal.LineColor = Ink;
        equal.LinePattern = LinePattern.Dashed;
        plot.Add.ScatterPoints(x.ToArray(), y.ToArray(), Palette[0].WithAlpha(0.6)).MarkerSize = 6;
        plot.Axes.SetLimits(low, high, low, high);
        plot.Axes.SquareUnits();
    }

    /// <summary>Adds a matrix of cells, each row coloured by its shares.</summary>
    public void Matrix(IReadOnlyList<string> rows, IReadOnlyList<string> columns, double[,] cells)
    {
        var isWide = columns.Count > Charts.MaximumValueColumns;
        for (var row = 0; row < rows.Count; row++)
        {
            var sum = Enumerable.Range(0, columns.Count).Sum(column => cells[row, column]);
            for (var column = 0; column < columns.Count; column++)
            {
                var share = sum > 0 ? cells[row, column] / sum : 0;
                Cell(column, rows.Count - 1 - row, isWide ? Number(Math.Round(100 * share)) : Number(cells[row, column]), share);
            }
        }

        SetNames(plot.Axes.Left, [.. rows.Reverse()]);
        SetNames(plot.Axes.Bottom, columns);
        if (columns.Count > 6)
            TurnColumnNames(columns.Max(name => name.Length));
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, columns.Count - 0.5, -0.5, rows.Count - 0.5);
    }

    /// <summary>Height that turned names of so many characters need below a matrix, pixels.</summary>
    public static int ColumnNameHeight(int longest) => 40 + 6 * longest;

    /// <summary>Draws the chart.</summary>
    public byte[] ToPng(int width, int height, int sharpness)
    {
        plot.ScaleFactor = sharpness;
        using var bitmap = new SKBitmap(new SKImageInfo(width * sharpness, height * sharpness, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        plot.Render(canvas, bitmap.Width, bitmap.Height);
        return Png.Of(bitmap);
    }

    /// <inheritdoc/>
    public void Dispose() => plot.Dispose();

    private void TurnColumnNames(int longest)
    {
        plot.Axes.Bottom.TickLabelStyle.Rotation = -90;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleRight;
        plot.Axes.Bottom.MinimumSize = plot.Axes.Bottom.MaximumSize = ColumnNameHeight(longest);
    }

    private void Cell(double x, double y, string value, double share)
    {
        var cell = plot.Add.Rectangle(x - 0.5, x + 0.5, y - 0.5, y + 0.5);
        cell.FillColor = Colors.White.MixedWith(Palette[0], Math.Clamp(share, 0, 1));
        cell.LineColor = Grid;
        var text = plot.Add.Text(value, x, y);
        text.LabelFontSize = 12;
        text.LabelFontColor = share > 0.55 ? Colors.White : Ink;
        text.LabelAlignment = Alignment.MiddleCenter;
    }

    private static void SetNames(IAxis axis, IReadOnlyList<string> names)
    {
        axis.TickGenerator = new NumericManual([.. names.Select((name, index) => new Tick(index, name))]);
        axis.MajorTickStyle.Length = 0;
    }

    private static string Number(double value) => value == Math.Round(value) && Math.Abs(value) < 1e15
        ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("G3", CultureInfo.InvariantCulture);

    private static Color ColorOf(Rgb color) => new(color.Red, color.Green, color.Blue);

    /// <summary>Gives ScottPlot the embedded font for every name, so that charts are equal on all machines.</summary>
    private sealed class EmbeddedFontResolver : IFontResolver
    {
        public const string Name = "DejaVu Sans";

        public SKTypeface CreateTypeface(string fontName, bool bold, bool italic) => bold ? EmbeddedFont.Bold : EmbeddedFont.Regular;

        public SKTypeface CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
            CreateTypeface(fontName, weight >= FontWeight.Bold, italic: false);
    }
}
