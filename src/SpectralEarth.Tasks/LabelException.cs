namespace SpectralEarth.Tasks;

/// <summary>Labels that cannot be used: absent, unknown codes, or not enough of them.</summary>
public sealed class LabelException(string message) : IOException(message);
