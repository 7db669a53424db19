namespace SpectralEarth.Scenes;

/// <summary>An open EnMAP L2A product. Pixels are read on demand, so a scene costs little memory.</summary>
public sealed class Scene : IDisposable
{
    /// <summary>No-data value of L2A images; the XML's backgroundValue (0) is wrong for L2A.</summary>
    public const short NoData = -32768;

    /// <summary>Opens a product folder, or the METADATA.XML inside one.</summary>
    /// <exception cref="SceneException">The product cannot be used; the message says which file, what was found and expected.</exception>
    public static Scene Open(string path) => throw new NotImplementedException();

    /// <summary>Folder or file that was opened.</summary>
    public string Path => throw new NotImplementedException();

    /// <summary>Contents of METADATA.XML.</summary>
    public SceneMetadata Metadata => throw new NotImplementedException();

    /// <summary>Columns, pixels.</summary>
    public int Width => throw new NotImplementedException();

    /// <summary>Rows, pixels.</summary>
    public int Height => throw new NotImplementedException();

    /// <summary>Position of the raster on the map.</summary>
    public GeoTransform GeoTransform => throw new NotImplementedException();

    /// <summary>EPSG code of the image.</summary>
    public int Epsg => throw new NotImplementedException();

    /// <summary>Reads digital numbers of the given bands (1-based) into <paramref name="destination"/>, [C, H, W]. Thread-safe.</summary>
    /// <exception cref="SceneException">The file is truncated or a block cannot be decoded.</exception>
    public void ReadPixels(RasterWindow window, IReadOnlyList<int> bandNumbers, Span<short> destination) => throw new NotImplementedException();

    /// <summary>Reads a quality layer into <paramref name="destination"/>, [H, W]; false (destination untouched) if the product lacks it.</summary>
    public bool TryReadQuality(QualityLayer layer, RasterWindow window, Span<byte> destination) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
