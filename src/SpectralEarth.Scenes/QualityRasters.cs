using SpectralEarth.Scenes.Sources;
using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>The quality layers of a scene; any may be missing. Thread-safe.</summary>
internal sealed class QualityRasters : IDisposable
{
    private readonly Dictionary<QualityLayer, TiffRaster> layers = [];
    private readonly SpectralImage image;
    private readonly TiffRaster? pixelMask;

    /// <param name="open">Opens a raster by its key, for example QL_QUALITY_CLOUD; null if it is not there.</param>
    /// <param name="image">The image, on whose grid all layers must lie; PIXELMASK has a plane for each of its bands.</param>
    /// <exception cref="SceneException">A layer is damaged or on another grid.</exception>
    internal QualityRasters(Func<string, ByteSource?> open, SpectralImage image)
    {
        this.image = image;
        try
        {
            foreach (var layer in Enum.GetValues<QualityLayer>())
            {
                if (SceneRasters.OpenLayer(open, layer, image.Raster) is { } raster)
                    layers.Add(layer, raster);
            }

            pixelMask = SceneRasters.OpenPixelMask(open, image.Raster);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Scene.TryReadQuality"/>
    internal bool TryRead(QualityLayer layer, RasterWindow window, Span<byte> destination)
    {
        if (!layers.TryGetValue(layer, out var raster))
            return false;
        raster.Read(window, [1], destination, (byte)0);
        return true;
    }

    /// <inheritdoc cref="Scene.Tells"/>
    internal bool Tells(PixelQuality quality) => PixelQualityLayers.LayerOf(quality) is { } layer ? layers.ContainsKey(layer) : pixelMask is not null;

    /// <inheritdoc cref="Scene.TryReadQualityOf"/>
    internal bool TryRead(PixelQuality quality, RasterWindow window, IReadOnlyList<int> bandNumbers, Span<byte> destination)
    {
        if (PixelQualityLayers.LayerOf(quality) is { } layer)
        {
            if (!TryRead(layer, window, destination))
                return false;
            PixelQualityLayers.Mark(quality, destination[..(int)window.Count]);
            return true;
        }

        if (pixelMask is null)
            return false;
        PixelQualityLayers.MarkDefective(pixelMask, window, image.PositionsOf(bandNumbers), destination);
        return true;
    }

    /// <inheritdoc cref="Scene.ReleaseAbove"/>
    internal void ReleaseAbove(int row)
    {
        foreach (var raster in layers.Values)
            raster.ReleaseAbove(row);
        pixelMask?.ReleaseAbove(row);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var raster in layers.Values)
            raster.Dispose();
        pixelMask?.Dispose();
    }
}
