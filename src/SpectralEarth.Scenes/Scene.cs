using SpectralEarth.Scenes.Products;

namespace SpectralEarth.Scenes;

/// <summary>An open EnMAP L2A product, or an image that <see cref="SensorImage"/> opened. Pixels are read on demand, so a scene costs little memory.</summary>
public sealed class Scene : IDisposable
{
    /// <summary>No-data value of L2A images; the XML's backgroundValue (0) is wrong for L2A.</summary>
    public const short NoData = -32768;

    private readonly ProductFiles? product;
    private readonly SpectralImage image;
    private readonly QualityRasters quality;
    private readonly EmptyBandSearch emptyBands;

    /// <summary>A scene whose image and layers are closed with it.</summary>
    internal Scene(string path, ProductFiles? product, IReadOnlyList<string> files, SceneMetadata metadata, SpectralImage image, QualityRasters quality)
    {
        (Path, this.product, Files, Metadata, this.image, this.quality) = (path, product, files, metadata, image, quality);
        emptyBands = new EmptyBandSearch(image, metadata.EmptyBands);
    }

    /// <summary>What was opened, as it was named.</summary>
    public string Path { get; }

    /// <summary>Full paths of the files that the scene is read from: those of the product or its archive, or the image, first, with what lies beside it. No output may replace one.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>True for a product, whose name no other has; an image is named after its file, and others may have the same name.</summary>
    public bool IsProduct => product is not null;

    /// <summary>Contents of METADATA.XML, or what stands for it.</summary>
    public SceneMetadata Metadata { get; }

    /// <summary>Columns, pixels.</summary>
    public int Width => image.Layout.Width;

    /// <summary>Rows, pixels.</summary>
    public int Height => image.Layout.Height;

    /// <summary>Position of the raster on the map.</summary>
    public GeoTransform GeoTransform => image.Raster.Georeference.GeoTransform!.Value;

    /// <summary>EPSG code of the image.</summary>
    public int Epsg => Metadata.Epsg;

    /// <summary>
    /// 1-based numbers of bands that have no data in the whole scene (water-vapour gaps; they differ between processor
    /// versions): marked in METADATA.XML or all no-data in the image, and without data where other bands have some.
    /// Found at the first call, which reads a few rows, and all of the image if a band that is not marked seems to be empty.
    /// </summary>
    public IReadOnlyList<int> EmptyBands => emptyBands.All;

    /// <summary>Those of <see cref="EmptyBands"/> that are among some bands; where it is plain that none is, a few pixels are read.</summary>
    /// <param name="bandNumbers">1-based numbers; those of no band of the scene are never empty.</param>
    public IReadOnlyList<int> EmptyBandsAmong(IReadOnlyList<int> bandNumbers) => emptyBands.Among(bandNumbers);

    /// <summary>
    /// Opens a product: its folder, the METADATA.XML in one, its archive (.zip, .tar, .tar.gz, .tgz), which is read in place,
    /// or one of several in an archive, as <see cref="ProductPath.InArchive"/> names them.
    /// </summary>
    /// <exception cref="SceneException">The product cannot be used; the message says which file, what was found and expected.</exception>
    public static Scene Open(string path)
    {
        var files = ProductFiles.Find(path);
        SpectralImage? image = null;
        try
        {
            var metadata = ReadMetadata(files);
            image = SceneRasters.OpenImage(files, metadata);
            return new Scene(path, files, files.OnDisk, metadata, image, new QualityRasters(files.OpenRaster, image));
        }
        catch
        {
            image?.Dispose();
            files.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads digital numbers of the given bands (1-based) into <paramref name="destination"/>, [C, H, W]; float32 images are converted. The window may
    /// reach over the edges; pixels outside are no-data. Thread-safe.
    /// </summary>
    /// <exception cref="ArgumentException">A band is not in the scene, or the destination is too small.</exception>
    /// <exception cref="SceneException">The file is truncated or a block cannot be decoded.</exception>
    public void ReadPixels(RasterWindow window, IReadOnlyList<int> bandNumbers, Span<short> destination) =>
        image.Read(window, bandNumbers, destination);

    /// <summary>
    /// Reads a quality layer into <paramref name="destination"/>, [H, W]; false (destination untouched) if the product
    /// lacks it. Pixels outside the raster are 0. Thread-safe.
    /// </summary>
    /// <exception cref="SceneException">The file is damaged.</exception>
    internal bool TryReadQuality(QualityLayer layer, RasterWindow window, Span<byte> destination) => quality.TryRead(layer, window, destination);

    /// <summary>
    /// Reads which pixels are of class land or water, [H, W], 1 or 0; false (destination untouched) if the product lacks
    /// the layer. Pixels outside the raster are 0. Thread-safe.
    /// </summary>
    /// <exception cref="SceneException">The file is damaged.</exception>
    public bool TryReadGround(RasterWindow window, Span<byte> destination)
    {
        if (!TryReadQuality(QualityLayer.Classes, window, destination))
            return false;
        PixelQualityLayers.MarkGround(destination[..(int)window.Count]);
        return true;
    }

    /// <summary>True if the product has the layer that tells which pixels have a quality.</summary>
    public bool Tells(PixelQuality pixels) => quality.Tells(pixels);

    /// <summary>
    /// Reads which pixels have a quality, [H, W], 1 or 0; false (destination untouched) if the product lacks the layer. A
    /// pixel is defective if it is so in one of the given bands. Thread-safe.
    /// </summary>
    /// <exception cref="SceneException">The file is damaged.</exception>
    public bool TryReadQualityOf(PixelQuality quality, RasterWindow window, IReadOnlyList<int> bandNumbers, Span<byte> destination) =>
        this.quality.TryRead(quality, window, bandNumbers, destination);

    /// <summary>
    /// Reads which pixels are usable, [H, W], 1 or 0: class land or water (where the product has the layer), and all given
    /// bands that are not empty in the whole scene have data. The other quality layers do not decide. Thread-safe.
    /// </summary>
    /// <exception cref="SceneException">A file is damaged.</exception>
    public void ReadValidity(RasterWindow window, IReadOnlyList<int> bandNumbers, Span<byte> destination)
    {
        const int samplesAtOnce = 8 << 20;
        var parts = window.Parts(bandNumbers.Count, samplesAtOnce);
        var pixels = new short[bandNumbers.Count * parts[0].Count];
        foreach (var part in parts)
        {
            var count = bandNumbers.Count * (int)part.Count;
            ReadPixels(part, bandNumbers, pixels);
            ReadValidity(part, bandNumbers, pixels.AsSpan(0, count), destination[((part.Row - window.Row) * window.Width)..]);
        }
    }

    /// <summary>The same for pixels that <see cref="ReadPixels"/> has read from the same window and bands, [C, H, W].</summary>
    /// <exception cref="SceneException">A file is damaged.</exception>
    public void ReadValidity(RasterWindow window, IReadOnlyList<int> bandNumbers, ReadOnlySpan<short> pixels, Span<byte> destination)
    {
        var count = (int)window.Count;
        destination = destination[..count];
        var empty = EmptyBandsAmong(bandNumbers);
        var kept = bandNumbers.Select(number => !empty.Contains(number)).ToArray();
        ValidPixels.Mark(pixels, kept, NoData, destination);
        var ground = new byte[count];
        if (TryReadGround(window, ground))
        {
            for (var i = 0; i < count; i++)
                destination[i] &= ground[i];
        }

        ClearOutside(window, destination);
    }

    /// <summary>
    /// Says that rows above <paramref name="row"/> will not be read again, so that memory kept for them serves the next
    /// ones. Without it, reading parts of rows costs more memory; results do not depend on it. Thread-safe.
    /// </summary>
    public void ReleaseAbove(int row)
    {
        image.Raster.ReleaseAbove(row);
        quality.ReleaseAbove(row);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        image.Dispose();
        quality.Dispose();
        product?.Dispose();
    }

    private static SceneMetadata ReadMetadata(ProductFiles files)
    {
        using var file = files.OpenMetadata();
        return EnMapMetadata.Read(file);
    }

    /// <summary>Matters only where all wanted bands are empty: elsewhere pixels outside are no-data anyway.</summary>
    private void ClearOutside(RasterWindow window, Span<byte> destination)
    {
        var inside = window.Clipped(Width, Height);
        if (inside == window)
            return;
        for (var i = 0; i < destination.Length; i++)
        {
            var (column, row) = (window.Column + (i % window.Width), window.Row + (i / window.Width));
            if (column < 0 || row < 0 || column >= Width || row >= Height)
                destination[i] = 0;
        }
    }
}
