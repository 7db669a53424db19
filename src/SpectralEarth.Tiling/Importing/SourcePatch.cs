namespace SpectralEarth.Tiling.Importing;

/// <summary>A patch that lies in a file of its own.</summary>
/// <param name="Image">GeoTIFF of the pixels.</param>
/// <param name="LocationId">Name of the place.</param>
/// <param name="SceneId">Name of the scene.</param>
/// <param name="Time">Acquisition, UTC; <see cref="Scenes.SensorImage.UnknownTime"/> where names do not tell it.</param>
/// <param name="Labels">GeoTIFF of the labels, or null.</param>
/// <param name="Number">Position in catalog order.</param>
internal sealed record SourcePatch(string Image, string LocationId, string SceneId, DateTime Time, string? Labels, int Number = 0)
{
    /// <summary>Lengths and times of the files, by which it shows that one was replaced, came or went.</summary>
    public string State => string.Join(' ', new[] { Image, Labels }.OfType<string>().Select(path => new FileInfo(path)).Select(
        file => file.Exists ? FormattableString.Invariant($"{file.Length} {file.LastWriteTimeUtc.Ticks}") : "missing"));
}
