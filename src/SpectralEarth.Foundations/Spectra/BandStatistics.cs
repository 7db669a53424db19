namespace SpectralEarth.Spectra;

/// <summary>Published statistics of one band, digital numbers.</summary>
/// <param name="Number">1-based number of the band in the delivered cube.</param>
/// <param name="Mean">Mean.</param>
/// <param name="StandardDeviation">Standard deviation.</param>
public sealed record BandStatistics(int Number, double Mean, double StandardDeviation);
