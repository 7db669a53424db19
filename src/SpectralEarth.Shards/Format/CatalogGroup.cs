using Parquet;
using Parquet.Schema;

namespace SpectralEarth.Shards.Format;

/// <summary>Reads one row group of a catalog into the columns of a <see cref="PatchCatalog"/>.</summary>
internal sealed class CatalogGroup(ParquetSchema schema, ParquetRowGroupReader rows, PatchCatalog catalog, Range range)
{
    private readonly int first = range.Start.Value;

    public void Read(IReadOnlyList<string> fractionNames, string targetPrefix)
    {
        foreach (var id in ParquetColumns.Read<ReadOnlyMemory<char>>(rows, schema, "location_id"))
            catalog.AddLocation(id.ToString());
        Each<ReadOnlyMemory<char>>("scene_id", (row, name) => catalog.SceneIds[row] = catalog.Names.NumberOf(name.Span));
        Each<ReadOnlyMemory<char>>("shard", (row, name) => catalog.Shards[row] = catalog.Names.NumberOf(name.Span));
        Each<ReadOnlyMemory<char>>("arrangement", (row, name) => catalog.Arrangements[row] = catalog.Names.NumberOf(name.Span));
        Into("time", catalog.Times);
        Into("epsg", catalog.Epsg);
        Into("left", catalog.Lefts);
        Into("top", catalog.Tops);
        Into("pixel_size_m", catalog.PixelSizes);
        Into("scene_column", catalog.SceneColumns);
        Into("scene_row", catalog.SceneRows);
        Into("shard_row", catalog.ShardRows);
        Into("checksum", catalog.Checksums);
        for (var which = 0; which < fractionNames.Count; which++)
        {
            var column = which;
            Each<float>(fractionNames[which] + "_fraction", (row, share) => catalog.Shares[(row * PatchCatalog.Fractions) + column] = share);
        }

        for (var which = 0; which < catalog.TargetNames.Count; which++)
        {
            var column = which;
            Each<double>(targetPrefix + catalog.TargetNames[which], (row, value) => catalog.Targets[(row * catalog.TargetNames.Count) + column] = value);
        }

        Each<long>("pixels_offset", (row, offset) => catalog.Bytes[row] = catalog.Bytes[row] with { Pixels = offset });
        Each<int>("pixels_length", (row, length) => catalog.Bytes[row] = catalog.Bytes[row] with { PixelsLength = length });
        Each<long>("validity_offset", (row, offset) => catalog.Bytes[row] = catalog.Bytes[row] with { Validity = offset });
        Each<long>("labels_offset", (row, offset) => catalog.Bytes[row] = catalog.Bytes[row] with { Labels = offset });
        Each<ReadOnlyMemory<byte>>("geometry", (row, wkb) => WkbPolygon.FromWkb(wkb.Span, catalog.Corners.AsSpan(row * 2 * WkbPolygon.Corners)));
    }

    private void Into<T>(string name, T[] column) where T : struct =>
        Wait.For(rows.ReadAsync<T>(schema.FindDataField(name), column.AsMemory(range)));

    private void Each<T>(string name, Action<int, T> set) where T : struct
    {
        var values = ParquetColumns.Read<T>(rows, schema, name);
        for (var row = 0; row < values.Length; row++)
            set(first + row, values[row]);
    }
}
