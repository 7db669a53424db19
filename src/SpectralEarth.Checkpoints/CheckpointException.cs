namespace SpectralEarth.Checkpoints;

/// <summary>A weights file that cannot be used; the message names the file, the keys, what was found and what to do.</summary>
public sealed class CheckpointException(string message, Exception? innerException = null)
    : IOException(message, innerException);
