using BitMiracle.LibTiff.Classic;
using SpectralEarth.Spectra;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;
using StandardTag = BitMiracle.LibTiff.Classic.TiffTag;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>The tags of a written GeoTIFF that do not concern the arrangement of samples.</summary>
/// <param name="Grid">Size and place.</param>
/// <param name="NoData">Text of the no-data value, or null.</param>
/// <param name="Metadata">GDAL's metadata as XML, or null.</param>
/// <param name="Classes">Classes of the colour table; none for an image without one.</param>
internal sealed record GeoTiffTags(RasterGrid Grid, string? NoData, string? Metadata, IReadOnlyList<LabelClass> Classes)
{
    private static readonly TiffFieldInfo[] Fields =
    [
        Field(TiffTag.ModelPixelScale, 3, TiffType.DOUBLE),
        Field(TiffTag.ModelTiepoint, 6, TiffType.DOUBLE),
        Field(TiffTag.GeoKeyDirectory, TiffFieldInfo.Variable, TiffType.SHORT),
        Field(TiffTag.GdalMetadata, TiffFieldInfo.Variable, TiffType.ASCII),
        Field(TiffTag.GdalNoData, TiffFieldInfo.Variable, TiffType.ASCII),
    ];

    /// <summary>Sets the tags of a file that is being written.</summary>
    internal void Set(LibTiff tiff)
    {
        tiff.MergeFieldInfo(Fields, Fields.Length);
        var place = Grid.GeoTransform;
        tiff.SetField((StandardTag)TiffTag.ModelPixelScale, 3, new double[] { place.PixelSizeM, place.PixelSizeM, 0 });
        tiff.SetField((StandardTag)TiffTag.ModelTiepoint, 6, new double[] { 0, 0, 0, place.Left, place.Top, 0 });
        var keys = GeoKeys();
        tiff.SetField((StandardTag)TiffTag.GeoKeyDirectory, keys.Length, keys);
        if (Metadata is not null)
            tiff.SetField((StandardTag)TiffTag.GdalMetadata, Metadata);
        if (NoData is not null)
            tiff.SetField((StandardTag)TiffTag.GdalNoData, NoData);
        SetColors(tiff);
    }

    /// <summary>GeoTIFF 1.1, section 7.1.2: version 1.1.0, then (key, location 0, count 1, value) each.</summary>
    private ushort[] GeoKeys()
    {
        const ushort modelType = 1024, rasterType = 1025, geographicType = 2048, projectedType = 3072;
        const ushort projected = 1, geographic = 2, pixelIsArea = 1;
        var isGeographic = Grid.Epsg == 4326;
        return
        [
            1, 1, 0, 3,
            modelType, 0, 1, isGeographic ? geographic : projected,
            rasterType, 0, 1, pixelIsArea,
            isGeographic ? geographicType : projectedType, 0, 1, (ushort)Grid.Epsg,
        ];
    }

    /// <summary>Sets the colour table, if there is one.</summary>
    internal void SetColors(LibTiff tiff)
    {
        if (Classes.Count == 0)
            return;
        var (red, green, blue) = (new ushort[256], new ushort[256], new ushort[256]);
        foreach (var one in Classes)
        {
            var rgb = one.ToRgb();
            // 16-bit colours: 255 becomes 65535.
            (red[one.Code], green[one.Code], blue[one.Code]) = ((ushort)(rgb.Red * 257), (ushort)(rgb.Green * 257), (ushort)(rgb.Blue * 257));
        }

        tiff.SetField(StandardTag.PHOTOMETRIC, Photometric.PALETTE);
        tiff.SetField(StandardTag.COLORMAP, red, green, blue);
    }

    private static TiffFieldInfo Field(TiffTag tag, short count, TiffType type) =>
        new((StandardTag)tag, count, count, type, FieldBit.Custom, okToChange: true, passCount: type != TiffType.ASCII, tag.ToString());
}
