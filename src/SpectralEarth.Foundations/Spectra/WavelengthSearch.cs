namespace SpectralEarth.Spectra;

/// <summary>Finds channels by wavelength.</summary>
public static class WavelengthSearch
{
    /// <summary>Channel (0-based) whose centre wavelength is nearest to another one, both in nm; the first of equals.</summary>
    public static int NearestChannel(this IReadOnlyList<double> wavelengthsNm, double wavelengthNm) =>
        Enumerable.Range(0, wavelengthsNm.Count).MinBy(channel => Math.Abs(wavelengthsNm[channel] - wavelengthNm));
}
