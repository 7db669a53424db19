namespace SpectralEarth.Scenes.Labels;

/// <summary>Labels on the pixel grid of a scene or a map. Thread-safe.</summary>
public interface ILabels
{
    /// <summary>Reads codes, [H, W]; 0 means unlabelled. The window may reach over the edges; pixels outside are 0.</summary>
    /// <exception cref="SceneException">A file is damaged, or a code does not fit into a byte.</exception>
    byte[] Read(RasterWindow window);
}
