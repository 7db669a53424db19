namespace SpectralEarth.Tiling;

/// <summary>A scene to tile.</summary>
/// <param name="Id">Name.</param>
/// <param name="Path">Where it was found.</param>
/// <param name="Checksum"><see cref="TilePlan.ChecksumOf"/> the scene when it was found.</param>
internal sealed record WantedScene(string Id, string Path, string Checksum);
