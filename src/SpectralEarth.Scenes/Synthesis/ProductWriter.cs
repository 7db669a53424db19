using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>Writes the complete file set of one product; METADATA.XML comes last, so an unfinished product has none.</summary>
internal sealed class ProductWriter(string folder, Acquisition acquisition, RasterGrid grid, SceneRenderer renderer, CancellationToken cancel)
{
    private static readonly TiffEncoding LayerEncoding = new() { RowsPerStrip = 7 };
    private static readonly TiffEncoding MaskEncoding = new() { RowsPerStrip = 4, Compression = TiffCompression.Deflate };

    /// <summary>Bands of the quick looks: 847, 671, 548 nm and 2201, 1645, 1051 nm.</summary>
    private readonly Dictionary<string, (double[] WavelengthsNm, ushort[] Pixels)> quickLooks = new()
    {
        ["QL_VNIR"] = ([847.1, 671.21, 548.06], new ushort[3 * grid.Width * grid.Height]),
        ["QL_SWIR"] = ([2201, 1645.3, 1051.3], new ushort[3 * grid.Width * grid.Height]),
    };

    /// <summary>Writes all files.</summary>
    internal void Write(TiffEncoding imageEncoding)
    {
        Directory.CreateDirectory(folder);
        File.Delete(PathOf("METADATA.XML"));
        WriteSpectralImage(imageEncoding);
        foreach (var layer in Enum.GetValues<QualityLayer>())
            WriteLayer($"QL_QUALITY_{layer.ToString().ToUpperInvariant()}", renderer.Quality[layer]);
        WritePixelMask();
        foreach (var (key, look) in quickLooks)
        {
            GeoTiffWriter.WriteImage<ushort>(PathOf(key + ".TIF"), grid, 3, LayerEncoding, noData: null, (row, rows, pixels) =>
                look.Pixels.AsSpan(3 * row * grid.Width, 3 * rows * grid.Width).CopyTo(pixels));
        }

        new MetadataWriter(acquisition, grid, renderer).Write(PathOf("METADATA.XML"));
    }

    private string PathOf(string key) => Path.Combine(folder, $"{acquisition.ProductName}-{key}");

    private void WriteSpectralImage(TiffEncoding encoding)
    {
        var bands = renderer.Bands.Count;
        GeoTiffWriter.WriteImage<short>(PathOf("SPECTRAL_IMAGE.TIF"), grid, bands, encoding, Scene.NoData, (firstRow, rows, destination) =>
        {
            cancel.ThrowIfCancellationRequested();
            var pixels = encoding.IsPlanar ? new short[destination.Length] : destination;
            renderer.FillRows(firstRow, rows, pixels);
            foreach (var look in quickLooks.Values)
                Look(pixels, look.WavelengthsNm, look.Pixels.AsSpan(3 * firstRow * grid.Width));
            if (encoding.IsPlanar)
                Separate(pixels, bands, destination);
        });
    }

    private void Look(ReadOnlySpan<short> pixels, double[] wavelengths, Span<ushort> look)
    {
        var bands = Array.ConvertAll(wavelengths, renderer.Bands.WavelengthsNm.NearestChannel);
        for (var pixel = 0; pixel < pixels.Length / renderer.Bands.Count; pixel++)
        {
            for (var i = 0; i < 3; i++)
                look[(3 * pixel) + i] = (ushort)Math.Max((short)0, pixels[(pixel * renderer.Bands.Count) + bands[i]]);
        }
    }

    private static void Separate(ReadOnlySpan<short> pixels, int bands, Span<short> planes)
    {
        var count = pixels.Length / bands;
        for (var band = 0; band < bands; band++)
        {
            for (var pixel = 0; pixel < count; pixel++)
                planes[(band * count) + pixel] = pixels[(pixel * bands) + band];
        }
    }

    private void WriteLayer(string key, byte[] values) =>
        GeoTiffWriter.WriteImage<byte>(PathOf(key + ".TIF"), grid, 1, LayerEncoding, noData: null, (row, rows, pixels) =>
            values.AsSpan(row * grid.Width, rows * grid.Width).CopyTo(pixels));

    /// <summary>A plane per band: 1 where the sample is defective, 255 outside the swath.</summary>
    private void WritePixelMask()
    {
        var bands = renderer.Bands.Count;
        GeoTiffWriter.WriteImage<byte>(PathOf("QL_PIXELMASK.TIF"), grid, bands, MaskEncoding, noData: null, (firstRow, rows, mask) =>
        {
            cancel.ThrowIfCancellationRequested();
            for (var row = 0; row < rows; row++)
                MaskRow(firstRow + row, mask.Slice(row * grid.Width * bands, grid.Width * bands));
        });
    }

    private void MaskRow(int row, Span<byte> mask)
    {
        var bands = renderer.Bands.Count;
        for (var column = 0; column < grid.Width; column++)
            mask.Slice(column * bands, bands).Fill(renderer.Swath.Depth(column, row) < 0 ? (byte)255 : (byte)0);
        if (renderer.DefectIn(row) is { } defect)
            mask[(defect.Column * bands) + defect.Band] |= 1;
    }
}
