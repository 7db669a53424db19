namespace SpectralEarth.Tiling.Importing;

/// <summary>A patch that lies in a file of its own.</summary>
/// <param name="Image">GeoTIFF of the pixels.</param>
/// <param name="LocationId">Name of the place.</param>
/// <param name="SceneId">Name of the scene.</param>
/// <param name="Time">Acquisition, UTC; <see cref="Scenes.SensorImage.UnknownTime"/> where names do not tell it.</param>
/// <param name="Labels">GeoTIFF of the labels, or null.</param>
/// <param name="Files">The image and all that is read with it but the labels.</param>
/// <param name="Number">Position in catalog order.</param>
internal sealed record SourcePatch(string Image, string LocationId, string SceneId, DateTime Time, string? Labels, IReadOnlyList<string> Files, int Number = 0)
{
    /// <summary><see cref="FileState"/> of all files.</summary>
    public string State => FileState.Of(Labels is null ? Files : [.. Files, Labels]);
}
