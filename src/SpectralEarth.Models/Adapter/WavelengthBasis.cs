namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Cosine transform of a spectrum over wavelength, whatever bands sample it: coefficient j is the integral of the
/// spectrum times cos(pi j u), u = 0 ... 1 from 350 to 2550 nm, with straight lines between the bands and nothing beyond them.
/// </summary>
internal static class WavelengthBasis
{
    /// <summary>Wavelengths that the transform spans, nm: imaging spectrometers of the solar range.</summary>
    internal const double FirstNm = 350, LastNm = 2550;

    /// <summary>Coefficients; the finest half wave is 17 nm, two bands of EnMAP.</summary>
    internal const int Waves = 128;

    /// <summary>Steps of the numerical integral, nm: a small part of the finest half wave and of the narrowest band spacing.</summary>
    private const double StepNm = 0.5;

    /// <summary>Spacing of bands at which the transform of a full spectrum keeps lengths.</summary>
    private const double NominalSpacingNm = 10;

    private static readonly double Scale = Math.Sqrt(2 / ((LastNm - FirstNm) * NominalSpacingNm));

    /// <summary>Whether a band at <paramref name="nm"/> can be used.</summary>
    internal static bool Covers(double nm) => nm is >= FirstNm and <= LastNm;

    /// <summary>The transform as a matrix [C, Waves], row by row.</summary>
    /// <param name="wavelengthsNm">Centre wavelengths in channel order, which need not be ascending; at least two.</param>
    internal static double[] Matrix(IReadOnlyList<double> wavelengthsNm)
    {
        var order = Enumerable.Range(0, wavelengthsNm.Count).OrderBy(band => wavelengthsNm[band]).ToArray();
        var matrix = new double[order.Length * Waves];
        foreach (var (low, high) in order.Zip(order.Skip(1)))
            AddStretch(wavelengthsNm[low], wavelengthsNm[high], matrix.AsSpan(low * Waves, Waves), matrix.AsSpan(high * Waves, Waves));
        return matrix;
    }

    /// <summary>Adds the integral over the stretch between two neighbouring bands to their rows (midpoint rule).</summary>
    private static void AddStretch(double lowNm, double highNm, Span<double> low, Span<double> high)
    {
        var steps = (int)Math.Ceiling((highNm - lowNm) / StepNm);
        for (var step = 0; step < steps; step++)
        {
            var place = (step + 0.5) / steps;
            var angle = Math.PI * (lowNm + (place * (highNm - lowNm)) - FirstNm) / (LastNm - FirstNm);
            var weight = Scale * (highNm - lowNm) / steps;
            for (var wave = 0; wave < Waves; wave++)
            {
                var value = weight * Math.Cos(wave * angle);
                low[wave] += (1 - place) * value;
                high[wave] += place * value;
            }
        }
    }
}
