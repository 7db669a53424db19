namespace SpectralEarth.Training.Runs;

/// <summary>A run folder holds another run than the one that is to go on in it, or does not tell which; the message names the difference.</summary>
public sealed class OtherRunException(string message) : IOException(message);
