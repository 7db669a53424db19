namespace SpectralEarth.Reports;

/// <summary>Finds ranges of wavelengths without bands.</summary>
internal static class SpectrumGaps
{
    /// <summary>Sorts by wavelength and puts a NaN into every step that is wider than three times the median step.</summary>
    public static ChartSeries Broken(ChartSeries spectrum)
    {
        if (spectrum.X.Count != spectrum.Y.Count || spectrum.X.Count < 3)
            return spectrum;
        var points = spectrum.X.Zip(spectrum.Y).OrderBy(point => point.First).ToArray();
        var steps = points.Zip(points.Skip(1), (left, right) => right.First - left.First).ToArray();
        var widest = 3 * steps.Order().ElementAt(steps.Length / 2);
        var (x, y) = (new List<double>(), new List<double>());
        for (var i = 0; i < points.Length; i++)
        {
            if (i > 0 && steps[i - 1] > widest)
            {
                x.Add((points[i - 1].First + points[i].First) / 2);
                y.Add(double.NaN);
            }

            x.Add(points[i].First);
            y.Add(points[i].Second);
        }

        return spectrum with { X = x, Y = y };
    }
}
