namespace SpectralEarth.Spectra;

/// <summary>One set of wavelengths that a sensor's products come in.</summary>
/// <param name="Name">Name, for example "A".</param>
/// <param name="Bands">All bands of the delivered cube.</param>
public sealed record SensorArrangement(string Name, BandTable Bands)
{
    /// <summary>Name that patches have whose files tell no wavelengths, where the sensor has several arrangements.</summary>
    public const string Unknown = "unknown";

    /// <summary>Largest difference of centre wavelengths to <paramref name="bands"/>, matched by number, nm; infinity if a band is unknown here.</summary>
    public double LargestDifferenceNm(BandTable bands)
    {
        var wavelengths = Bands.ToDictionary(band => band.Number, band => band.WavelengthNm);
        return bands.Max(band => wavelengths.TryGetValue(band.Number, out var wavelength)
            ? Math.Abs(wavelength - band.WavelengthNm)
            : double.PositiveInfinity);
    }
}
