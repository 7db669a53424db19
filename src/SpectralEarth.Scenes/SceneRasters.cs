using SpectralEarth.Scenes.Products;
using SpectralEarth.Scenes.Sources;
using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>Opens the rasters of a product and checks them against METADATA.XML and against each other.</summary>
internal static class SceneRasters
{
    private const string PixelMaskKey = "QL_PIXELMASK";
    private const string FetchAgain = "The download may be cut: fetch the product again.";

    /// <summary>Keys of all quality layers.</summary>
    internal static IEnumerable<string> LayerKeys => Enum.GetValues<QualityLayer>().Select(Key).Append(PixelMaskKey);

    /// <exception cref="SceneException">Absent, damaged, or not what METADATA.XML describes.</exception>
    internal static SpectralImage OpenImage(ProductFiles files, SceneMetadata metadata)
    {
        var file = files.OpenRaster("SPECTRAL_IMAGE") ?? throw new SceneException(
            $"{files.Place}: SPECTRAL_IMAGE.TIF is missing beside {files.MetadataName}. Fetch the product again.");
        var raster = Checked(TiffRaster.Open(file), image => ImageProblem(image, metadata));
        try
        {
            var noData = raster.Georeference.NoData ?? Scene.NoData;
            var factor = ReflectanceScale.Factor(raster, metadata, "GainOfBand in METADATA.XML", ReflectanceScale.ScaledGain, noData);
            return new SpectralImage(raster, factor, metadata.Bands.Numbers, noData);
        }
        catch
        {
            raster.Dispose();
            throw;
        }
    }

    /// <summary>Null if the product lacks the layer.</summary>
    /// <exception cref="SceneException">Damaged, or on another grid than the image.</exception>
    internal static TiffRaster? OpenLayer(Func<string, ByteSource?> open, QualityLayer layer, TiffRaster image) =>
        open(Key(layer)) is { } file ? Checked(TiffRaster.Open(file), raster => LayerProblem(raster, image, bands: 1)) : null;

    /// <summary>PIXELMASK, a plane per band; null if the product lacks it.</summary>
    /// <exception cref="SceneException">Damaged, or on another grid than the image.</exception>
    internal static TiffRaster? OpenPixelMask(Func<string, ByteSource?> open, TiffRaster image) =>
        open(PixelMaskKey) is { } file ? Checked(TiffRaster.Open(file), raster => LayerProblem(raster, image, image.Layout.Bands)) : null;

    private static TiffRaster Checked(TiffRaster raster, Func<TiffRaster, string?> problem)
    {
        if (problem(raster) is not { } found)
            return raster;
        raster.Dispose();
        throw new SceneException($"{raster.Name}: {found}");
    }

    private static string? ImageProblem(TiffRaster image, SceneMetadata metadata)
    {
        var (layout, place) = (image.Layout, image.Georeference);
        if (layout.Bands != metadata.Bands.Count)
            return $"{layout.Bands} bands, but METADATA.XML lists {metadata.Bands.Count}. {FetchAgain}";
        if (layout.Width != metadata.Width || layout.Height != metadata.Height)
            return $"{layout.Width} x {layout.Height} pixels, but METADATA.XML says {metadata.Width} x {metadata.Height}. {FetchAgain}";
        if (layout.Kind is not (SampleKind.Int16 or SampleKind.Float32))
            return ReflectanceScale.KindProblem(layout.Kind, "Int16, reflectance x 10000");
        if (place.Epsg is { } epsg && epsg != metadata.Epsg)
            return $"reference system EPSG:{epsg}, but METADATA.XML says EPSG:{metadata.Epsg}. Fetch the product again.";
        if (place.GeoTransform is null)
            return "has no georeference; expected ModelPixelScale and ModelTiepoint. Fetch the product again.";
        return null;
    }

    private static string? LayerProblem(TiffRaster raster, TiffRaster image, int bands)
    {
        var (layout, expected) = (raster.Layout, image.Layout);
        if (layout.Width != expected.Width || layout.Height != expected.Height)
            return $"{layout.Width} x {layout.Height} pixels, but {image.Name} has {expected.Width} x {expected.Height}. {FetchAgain}";
        if (layout.Bands != bands || layout.Kind != SampleKind.UInt8)
            return $"{layout.Bands} bands of {layout.Kind} samples; expected {bands} of UInt8. Fetch the product again, or delete the file to read the scene without this layer.";
        if (raster.Georeference.GeoTransform is { } place && place.PixelOf(image.Georeference.GeoTransform!.Value) is not (0, 0))
            return $"lies at {place}, but {image.Name} at {image.Georeference.GeoTransform}. Fetch the product again.";
        return null;
    }

    private static string Key(QualityLayer layer) => "QL_QUALITY_" + layer.ToString().ToUpperInvariant();
}
