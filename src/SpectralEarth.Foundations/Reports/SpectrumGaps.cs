namespace SpectralEarth.Reports;

/// <summary>Finds ranges of wavelengths with and without bands.</summary>
public static class SpectrumGaps
{
    /// <summary>Ranges of wavelength around some of the bands, each to the middle between a band and its neighbour, but at most one and a half median steps.</summary>
    /// <param name="wavelengthsNm">Centres of all bands, in any order.</param>
    /// <param name="isIn">Whether the ranges are to hold a band.</param>
    public static IReadOnlyList<(double From, double To)> RangesOf(IReadOnlyList<double> wavelengthsNm, IReadOnlyList<bool> isIn)
    {
        var bands = wavelengthsNm.Zip(isIn).OrderBy(band => band.First).ToArray();
        var farthest = Widest([.. bands.Select(band => band.First)]) / 2;
        var ranges = new List<(double From, double To)>();
        for (var i = 0; i < bands.Length; i++)
        {
            if (!bands[i].Second)
                continue;
            double Reach(int neighbour) => neighbour < 0 || neighbour == bands.Length ? 0 : Math.Min(farthest, Math.Abs(bands[neighbour].First - bands[i].First) / 2);
            var (from, to) = (bands[i].First - Reach(i - 1), bands[i].First + Reach(i + 1));
            if (i > 0 && bands[i - 1].Second && from <= ranges[^1].To)
                ranges[^1] = (ranges[^1].From, to);
            else
                ranges.Add((from, to));
        }

        return ranges;
    }

    /// <summary>Sorts by wavelength and puts a NaN into every step that is wider than three times the median step.</summary>
    internal static ChartSeries Broken(ChartSeries spectrum)
    {
        if (spectrum.X.Count != spectrum.Y.Count || spectrum.X.Count < 3)
            return spectrum;
        var points = spectrum.X.Zip(spectrum.Y).OrderBy(point => point.First).ToArray();
        var widest = Widest([.. points.Select(point => point.First)]);
        var (x, y) = (new List<double>(), new List<double>());
        for (var i = 0; i < points.Length; i++)
        {
            if (i > 0 && points[i].First - points[i - 1].First > widest)
            {
                x.Add((points[i - 1].First + points[i].First) / 2);
                y.Add(double.NaN);
            }

            x.Add(points[i].First);
            y.Add(points[i].Second);
        }

        return spectrum with { X = x, Y = y };
    }

    /// <summary>Three times the median step between sorted wavelengths: wider ones are gaps; 0 for a single one.</summary>
    private static double Widest(double[] sorted) =>
        sorted.Length < 2 ? 0 : 3 * sorted.Zip(sorted.Skip(1), (left, right) => right - left).Order().ElementAt((sorted.Length - 1) / 2);
}
