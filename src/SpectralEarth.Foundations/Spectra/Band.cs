namespace SpectralEarth.Spectra;

/// <summary>One spectral band of a sensor.</summary>
/// <param name="Number">1-based number in the delivered cube.</param>
/// <param name="WavelengthNm">Centre wavelength, nm.</param>
/// <param name="FwhmNm">Full width at half maximum, nm; NaN where it is not known.</param>
public sealed record Band(int Number, double WavelengthNm, double FwhmNm);
