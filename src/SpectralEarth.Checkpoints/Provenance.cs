namespace SpectralEarth.Checkpoints;

/// <summary>Where weights come from.</summary>
/// <param name="ProgramVersion">Version of the program that trained them.</param>
/// <param name="Recipe">Name of the recipe.</param>
/// <param name="DataFingerprint">Fingerprint of the data set.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="ImportedFrom">File name and checksum of weights that other programs wrote; null for our own.</param>
public sealed record Provenance(string ProgramVersion, string Recipe, string DataFingerprint, long Step, string? ImportedFrom = null);
