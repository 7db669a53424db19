using Parquet;
using Parquet.Schema;

namespace SpectralEarth.Shards.Format;

/// <summary>
/// Writes a shard: Parquet, a row per patch and date, in row groups of about 16 MB of raw pixels.
/// Equal input gives equal bytes. Layout: docs/shard-format.md.
/// </summary>
public static class ShardWriter
{
    private const long RowGroupBytes = 16 << 20;

    internal static readonly ParquetSchema Schema = new(
        new DataField("location_id", typeof(string), isNullable: false),
        new DataField("scene_id", typeof(string), isNullable: false),
        ParquetColumns.Time(),
        new DataField("arrangement", typeof(string), isNullable: false),
        new DataField("pixels", typeof(byte[]), isNullable: false),
        new DataField("validity", typeof(byte[]), isNullable: false),
        new DataField("labels", typeof(byte[]), isNullable: true),
        new DataField("checksum", typeof(ulong), isNullable: false));

    /// <summary>Writes all rows, disposes of them and returns where each lies.</summary>
    /// <param name="stream">Tells its position; left open.</param>
    /// <param name="format">What the rows have in common.</param>
    /// <param name="rows">Patches in catalog order; enumerated once, a row group at a time.</param>
    public static IReadOnlyList<PatchBytes> Write(Stream stream, ShardFormat format, IEnumerable<(PatchInfo Info, EncodedPatch Patch)> rows)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.None };
        var writer = Wait.For(ParquetWriter.CreateAsync(Schema, stream, options));
        var positions = new List<PatchBytes>();
        writer.CustomMetadata = format.ToMetadata();
        foreach (var group in rows.Chunk((int)Math.Clamp(RowGroupBytes / (sizeof(short) * (long)format.SampleCount), 1, 1024)))
            WriteGroup(stream, writer, group, positions);
        Wait.For(writer.DisposeAsync());
        return positions;
    }

    private static void WriteGroup(Stream stream, ParquetWriter writer, (PatchInfo Info, EncodedPatch Patch)[] rows, List<PatchBytes> positions)
    {
        var columns = new ParquetColumns(writer.CreateRowGroup(), Schema);
        columns.WriteText(rows.Select(row => row.Info.LocationId));
        columns.WriteText(rows.Select(row => row.Info.SceneId));
        columns.Write(rows.Select(row => DateTime.SpecifyKind(row.Info.Time, DateTimeKind.Utc)).ToArray());
        columns.WriteText(rows.Select(row => row.Info.Arrangement));
        columns.Write(rows.Select(row => row.Patch.Pixels).ToArray());
        var pixels = Offsets(stream.Position, rows.Select(row => row.Patch.Pixels.Length));
        columns.Write(rows.Select(row => row.Patch.Validity).ToArray());
        var validity = Offsets(stream.Position, rows.Select(row => row.Patch.Validity.Length));
        columns.WriteOptional(rows.Select(row => row.Patch.Labels));
        var labels = Offsets(stream.Position, rows.Where(row => row.Patch.Labels is not null).Select(row => row.Patch.Labels!.Length));
        columns.Write(rows.Select(row => row.Patch.Checksum).ToArray());
        columns.Complete();

        var labelled = 0;
        for (var row = 0; row < rows.Length; row++)
            positions.Add(new PatchBytes(
                pixels[row], rows[row].Patch.Pixels.Length, validity[row], rows[row].Patch.Labels is null ? -1 : labels[labelled++]));
        foreach (var (_, patch) in rows)
            patch.Dispose();
    }

    /// <summary>
    /// Offsets of the values of an uncompressed, plainly encoded byte array column that ends at <paramref name="end"/>:
    /// the page ends with the values, each behind its length in four bytes.
    /// </summary>
    private static long[] Offsets(long end, IEnumerable<int> lengths)
    {
        var offsets = lengths.Select(length => (long)length).ToArray();
        for (var row = offsets.Length - 1; row >= 0; row--)
        {
            end -= offsets[row];
            offsets[row] = end;
            end -= sizeof(int);
        }

        return offsets;
    }
}
