using System.Globalization;
using System.Security;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Scenes;

/// <summary>Supplies some full rows of a raster, in order from the top.</summary>
/// <param name="firstRow">Row at which they start.</param>
/// <param name="rows">Their number.</param>
/// <param name="destination">Receives the samples: [H, W, C], or [C, H, W] for a planar file.</param>
public delegate void FillRows<T>(int firstRow, int rows, Span<T> destination);

/// <summary>
/// Writes GeoTIFFs row-block by row-block, so that memory is bounded, and atomically: the file is complete or absent.
/// </summary>
public static class GeoTiffWriter
{
    private const int MapTile = 256, SmallestTile = 16;

    private static readonly TiffEncoding MapEncoding = new() { TileSize = MapTile, IsPlanar = true, Compression = TiffCompression.Deflate };

    /// <summary>The file beside a map of classes that holds their names, where GDAL looks for them.</summary>
    public static string NamesBeside(string path) => CategoryNames.PathBeside(path);

    /// <summary>
    /// Writes a map of classes: one band of bytes in tiles of 256 pixels, with colour table, no-data value, class
    /// names and, where it is larger than a tile, overviews. GDAL takes class names only from a file beside the map, so
    /// <see cref="NamesBeside"/> is written too.
    /// </summary>
    /// <param name="path">File to write; replaced only when all is on disk.</param>
    /// <param name="grid">Size and place.</param>
    /// <param name="classes">Classes with distinct codes.</param>
    /// <param name="noData">Value of pixels without class.</param>
    /// <param name="fill">Supplies the codes, [H, W].</param>
    /// <param name="maker">Mark by which <see cref="LabelRaster.ReadMaker"/> tells such files from those of others; null for none.</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void WriteClasses(string path, RasterGrid grid, IReadOnlyList<LabelClass> classes, byte noData, FillRows<byte> fill, string? maker = null)
    {
        var items = classes.Select(one => (Name: $"{LabelRaster.ClassItem}{one.Code}", Text: one.Name))
            .Concat(maker is null ? [] : [(LabelRaster.MakerItem, maker)])
            .Select(item => $"<Item name=\"{item.Name}\" sample=\"0\">{ItemText(item.Text)}</Item>");
        var tags = new GeoTiffTags(grid, Text(noData), $"<GDALMetadata>{string.Concat(items)}</GDALMetadata>", classes);
        Write(path, tags, bands: 1, MapEncoding, fill, new ClassOverviews(grid.Width, grid.Height, noData));
        AtomicFile.WriteText(NamesBeside(path), CategoryNames.Text(classes));
    }

    /// <summary>Writes a raster of named bands, one after the other, for example class probabilities. A raster smaller than a tile of 256 pixels has smaller ones.</summary>
    /// <param name="path">File to write; replaced only when all is on disk.</param>
    /// <param name="grid">Size and place.</param>
    /// <param name="bandNames">A description per band.</param>
    /// <param name="noData">Value of pixels without data; may be NaN.</param>
    /// <param name="scale">What a stored 1 stands for; 1 writes no scale into the file.</param>
    /// <param name="fill">Supplies the stored values (byte, short, ushort, uint or float), [C, H, W].</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void WriteBands<T>(string path, RasterGrid grid, IReadOnlyList<string> bandNames, double noData, double scale, FillRows<T> fill)
        where T : unmanaged
    {
        var items = bandNames.Select((name, band) => $"<Item name=\"DESCRIPTION\" sample=\"{band}\" role=\"description\">{ItemText(name)}</Item>"
            + (scale == 1 ? "" : $"<Item name=\"SCALE\" sample=\"{band}\" role=\"scale\">{Text(scale)}</Item>"));
        var tags = new GeoTiffTags(grid, double.IsNaN(noData) ? "nan" : Text(noData), $"<GDALMetadata>{string.Concat(items)}</GDALMetadata>", []);
        var side = (Math.Max(grid.Width, grid.Height) + SmallestTile - 1) / SmallestTile * SmallestTile;
        Write(path, tags, bandNames.Count, MapEncoding with { TileSize = Math.Min(MapTile, side) }, fill);
    }

    /// <summary>Writes an image of integers (byte, short, ushort or uint) in any arrangement.</summary>
    /// <param name="path">File to write; replaced only when all is on disk.</param>
    /// <param name="grid">Size and place.</param>
    /// <param name="bands">Number of bands C.</param>
    /// <param name="encoding">Arrangement and compression.</param>
    /// <param name="noData">No-data value, or null to name none.</param>
    /// <param name="fill">Supplies the samples, [H, W, C] or planar [C, H, W].</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void WriteImage<T>(string path, RasterGrid grid, int bands, TiffEncoding encoding, int? noData, FillRows<T> fill)
        where T : unmanaged =>
        Write(path, new GeoTiffTags(grid, noData is { } value ? Text(value) : null, null, []), bands, encoding, fill);

    /// <summary>Writes an image of integers whose bands have numbers and wavelengths.</summary>
    /// <param name="path">File to write; replaced only when all is on disk.</param>
    /// <param name="grid">Size and place.</param>
    /// <param name="image">Bands and other facts.</param>
    /// <param name="encoding">Arrangement and compression.</param>
    /// <param name="noData">No-data value.</param>
    /// <param name="fill">Supplies the samples, [H, W, C] or planar [C, H, W].</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void WriteImage<T>(string path, RasterGrid grid, ImageMetadata image, TiffEncoding encoding, int noData, FillRows<T> fill)
        where T : unmanaged
    {
        var items = image.All().Select(item =>
            $"<Item name=\"{item.Name}\"{(item.Band is { } band ? $" sample=\"{band}\"" : "")}{(item.Role is { } role ? $" role=\"{role}\"" : "")}>{ItemText(item.Text)}</Item>");
        var tags = new GeoTiffTags(grid, Text(noData), $"<GDALMetadata>{string.Concat(items)}</GDALMetadata>", []);
        Write(path, tags, image.Bands.Count, encoding, fill);
    }

    private static void Write<T>(string path, GeoTiffTags tags, int bands, TiffEncoding encoding, FillRows<T> fill, ClassOverviews? overviews = null)
        where T : unmanaged =>
        AtomicFile.Write(path, stream =>
        {
            using var file = new TiffBlockFile<T>(stream, tags, bands, encoding);
            file.WriteAll(fill, overviews);
        });

    /// <summary>GDAL's TIFF driver unescapes the text of an item twice.</summary>
    private static string ItemText(string text) => SecurityElement.Escape(SecurityElement.Escape(text));

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
