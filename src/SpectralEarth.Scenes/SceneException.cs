namespace SpectralEarth.Scenes;

/// <summary>A product that cannot be used: damaged, incomplete, contradictory or of another kind.</summary>
public sealed class SceneException(string message, Exception? innerException = null) : IOException(message, innerException);
