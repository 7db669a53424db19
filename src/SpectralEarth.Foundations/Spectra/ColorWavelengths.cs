namespace SpectralEarth.Spectra;

/// <summary>Wavelengths shown as red, green and blue, nm.</summary>
/// <param name="RedNm">Shown as red.</param>
/// <param name="GreenNm">Shown as green.</param>
/// <param name="BlueNm">Shown as blue.</param>
public sealed record ColorWavelengths(double RedNm, double GreenNm, double BlueNm)
{
    /// <summary>As the eye sees: 641, 556 and 468 nm.</summary>
    public static ColorWavelengths Natural { get; } = new(641, 556, 468);

    /// <summary>Vegetation in red: near infrared 865 nm, red 652 nm, green 549 nm.</summary>
    public static ColorWavelengths Infrared { get; } = new(865, 652, 549);
}
