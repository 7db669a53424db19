using SpectralEarth.Reports;

namespace SpectralEarth.Tests.Foundations;

public sealed class ChartsTests
{
    private static readonly double[] Steps = [0, 1, 2, 3, 4];

    [Test]
    public void Every_chart_is_drawn_with_its_text_and_repeats_byte_for_byte()
    {
        foreach (var (name, draw) in AllCharts())
        {
            var png = draw();

            var (_, width, pixels) = PngPixels.Read(png);
            Assert.That(width, Is.EqualTo(2 * Charts.Width), name);
            Assert.That(DarkPixels(pixels, width, rows: 80), Is.GreaterThan(200), $"{name}: the title is drawn, whatever fonts the machine has");
            Assert.That(draw(), Is.EqualTo(png), name);
        }
    }

    [Test]
    public void Charts_differ_when_their_data_differ() =>
        Assert.That(Charts.Bars("t", "v", [new("a", 1), new("b", 2)]), Is.Not.EqualTo(Charts.Bars("t", "v", [new("a", 1), new("b", 1)])));

    [Test]
    public void One_value_far_above_the_others_does_not_hide_them()
    {
        double[] values = [1, 2, 1, 800000, 2];

        Assert.That(Rows(wide: true), Has.Count.GreaterThan(20).And.Count.GreaterThan(3 * Rows(wide: false).Count), "rows of pixels over which 1, 2, 1 are drawn");

        List<int> Rows(bool wide)
        {
            var (_, width, rgb) = PngPixels.Read(Charts.Lines("t", "x", "y", [new("loss", Steps, values)], logarithmicIfWide: wide));
            return [.. Enumerable.Range(0, rgb.Length / 3)
                .Where(pixel => pixel % width < width / 2 && (rgb[3 * pixel], rgb[(3 * pixel) + 1], rgb[(3 * pixel) + 2]) == ((byte)0x00, (byte)0x72, (byte)0xb2))
                .Select(pixel => pixel / width).Distinct()];
        }
    }

    [TestCase(new[] { 5.0, 4, 3, 2, 1 }, TestName = "An_ordinary_range_keeps_its_linear_axis")]
    [TestCase(new[] { 800000.0, 4, 3, 2, 0 }, TestName = "A_range_with_zero_keeps_its_linear_axis")]
    [TestCase(new[] { double.NaN, double.NaN, double.NaN, double.NaN, double.NaN }, TestName = "A_range_without_values_keeps_its_linear_axis")]
    public void Axis_stays_linear(double[] values)
    {
        byte[] Draw(bool wide) => Charts.Lines("t", "x", "y", [new("loss", Steps, values)], logarithmicIfWide: wide);

        Assert.That(Draw(wide: true), Is.EqualTo(Draw(wide: false)));
    }

    [Test]
    public void A_bar_without_a_value_has_a_dash_and_no_zero()
    {
        byte[] Draw(double? value) => Charts.Bars("t", "v", [new("a", 1), new("b", value)]);

        Assert.That(Draw(null), Is.Not.EqualTo(Draw(0)));
        Assert.That(Draw(null), Is.EqualTo(Draw(double.NaN)));
    }

    [Test]
    public void Not_finite_data_are_drawn_as_an_empty_chart() =>
        Assert.That(Charts.Lines("t", "x", "y", [new("a", Steps, [double.NaN, double.NaN, double.PositiveInfinity, double.NaN, double.NaN])]),
            Is.EqualTo(Charts.Lines("t", "x", "y", [])));

    [Test]
    public void Charts_without_data_have_their_title()
    {
        const string title = "Nothing to be seen";
        byte[][] charts =
        [
            Charts.Lines(title, "x", "y", []), Charts.Bars(title, "v", []), Charts.Points(title, "x", "y", [], []), Charts.Matrix(title, "r", "c", ["a"], ["a"], new double[1, 1]),
        ];

        foreach (var (_, width, pixels) in charts.Select(PngPixels.Read))
            Assert.That(DarkPixels(pixels, width, rows: 80), Is.GreaterThan(200));
    }

    [Test]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.That(() => Charts.Lines("t", "x", "y", [new("loss", Steps, [1])]),
            Throws.ArgumentException.With.Message.Contain("Series 'loss' has 5 positions and 1 values"));
        Assert.That(() => Charts.Points("t", "x", "y", [1, 2], [1]), Throws.ArgumentException.With.Message.Contain("2 positions and 1 values"));
        Assert.That(() => Charts.Matrix("t", "r", "c", ["a"], ["a", "b"], new double[1, 1]),
            Throws.ArgumentException.With.Message.Contain("1 x 1 with 1 row and 2 column names"));
    }

    [Test]
    public void Spectra_are_sorted_and_broken_where_bands_are_missing()
    {
        var spectrum = new ChartSeries("soil", [500, 490, 510, 520, 700, 710], [2, 1, 3, 4, 5, 6]);

        var broken = SpectrumGaps.Broken(spectrum);

        Assert.That(broken.X, Is.EqualTo(new double[] { 490, 500, 510, 520, 610, 700, 710 }));
        Assert.That(broken.Y, Is.EqualTo(new[] { 1, 2, 3, 4, double.NaN, 5, 6 }));
    }

    [Test]
    public void Ranges_of_bands_end_halfway_to_the_neighbours_and_soon_in_gaps()
    {
        double[] wavelengths = [500, 490, 510, 520, 700, 710];

        Assert.That(SpectrumGaps.RangesOf(wavelengths, [true, false, true, false, true, false]), Is.EqualTo(new[] { (495.0, 515.0), (685.0, 705.0) }));
        Assert.That(SpectrumGaps.RangesOf(wavelengths, [true, true, true, true, true, true]), Is.EqualTo(new[] { (490.0, 535.0), (685.0, 710.0) }));
        Assert.That(SpectrumGaps.RangesOf(wavelengths, new bool[6]), Is.Empty);
    }

    [Test]
    public void Shaded_wavelengths_lie_behind_the_lines()
    {
        ChartSeries[] spectra = [new("true", [490, 500, 510, 520], [1, 2, 2, 1]), new("predicted", [490, 500, 510, 520], [1, 1, 1, 1])];
        var shaded = PngPixels.Read(Charts.Spectra("t", "y", spectra, new ChartShade("hidden", [(495, 515)])));
        var plain = PngPixels.Read(Charts.Spectra("t", "y", spectra, new ChartShade("hidden", [])));

        Assert.That(Count(shaded.Rgb, 0xe3, 0xe7, 0xeb), Is.GreaterThan(5 * Count(plain.Rgb, 0xe3, 0xe7, 0xeb)));
        Assert.That(Count(shaded.Rgb, 0x00, 0x72, 0xb2), Is.GreaterThan(0.8 * Count(plain.Rgb, 0x00, 0x72, 0xb2)));

        static int Count(byte[] rgb, byte red, byte green, byte blue) =>
            rgb.Chunk(3).Count(pixel => (pixel[0], pixel[1], pixel[2]) == (red, green, blue));
    }

    [Test]
    public void The_legend_covers_no_line()
    {
        var (_, width, rgb) = PngPixels.Read(Charts.Lines("t", "x", "y", [new("highest", Steps, [1, 1, 1, 1, 1]), new("lowest", Steps, [0, 0, 0, 0, 0])]));

        Assert.That(LineEnd(0x00, 0x72, 0xb2), Is.EqualTo(LineEnd(0xd5, 0x5e, 0x00)), "both lines are seen to their last position");

        // Last column of the row that has most of a colour: the line, not its sample in the legend.
        int LineEnd(byte red, byte green, byte blue) => Enumerable.Range(0, rgb.Length / 3)
            .Where(pixel => (rgb[3 * pixel], rgb[(3 * pixel) + 1], rgb[(3 * pixel) + 2]) == (red, green, blue))
            .GroupBy(pixel => pixel / width).MaxBy(row => row.Count())!.Max(pixel => pixel % width);
    }

    [Test]
    public void A_single_line_has_no_legend()
    {
        byte[] Draw(string name) => Charts.Lines("t", "x", "y", [new(name, Steps, [5, 4, 3, 2, 1])]);

        Assert.That(Draw("gradient norm before clipping"), Is.EqualTo(Draw("loss")), "the title names the line");
    }

    private static IEnumerable<(string Name, Func<byte[]> Draw)> AllCharts()
    {
        var names = Enumerable.Range(0, 12).Select(i => $"class {i}").ToArray();
        yield return ("lines", () => Charts.Lines("Loss over steps", "Step", "Loss", [new("train", Steps, [5, 4, 3, 2, 1]), new("validation", Steps, [5, double.NaN, 3, 2, 1])]));
        yield return ("spectra", () => Charts.Spectra("Mean spectra", "Reflectance", [new("soil", [418, 424, 1530, 1542], [0.1, 0.1, 0.3, 0.3])]));
        yield return ("bars", () => Charts.Bars("F1 by class", "F1", [new("roof", 0.3, new Rgb(200, 0, 0)), new("water", double.NaN)]));
        yield return ("points", () => Charts.Points("Estimates of pH", "Label", "Estimate", [5.5, 6, 7], [6, 6, 6.5]));
        yield return ("equal points", () => Charts.Points("Estimates of pH", "Label", "Estimate", [0, 0], [0, 0]));
        yield return ("small matrix", () => Charts.Matrix("Confusion matrix", "Label", "Prediction", ["a", "b"], ["a", "b"], new double[,] { { 5, 1 }, { 0, 0.123456 } }));
        yield return ("large matrix", () => Charts.Matrix("Confusion matrix", "Label", "Prediction", names, names, new double[12, 12]));
    }

    private static int DarkPixels(byte[] rgb, int width, int rows) => rgb.AsSpan(0, 3 * rows * width).ToArray().Count(value => value < 96);
}
