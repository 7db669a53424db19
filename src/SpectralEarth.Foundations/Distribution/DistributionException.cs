namespace SpectralEarth.Distribution;

/// <summary>The processes of a job cannot work together.</summary>
public sealed class DistributionException(string message) : IOException(message);
