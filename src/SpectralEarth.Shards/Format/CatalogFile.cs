using System.Globalization;
using Parquet;
using Parquet.Schema;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Format;

/// <summary>catalog.parquet: a row per patch as GeoParquet 1.1, readable with DuckDB, GDAL and GeoPandas.</summary>
public static class CatalogFile
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "catalog.parquet";

    private const string FormatName = "spectralearth-catalog";
    private const int Version = 2;
    private const string TargetPrefix = "target_";
    private const int RowsPerGroup = 1 << 15;

    private static readonly string[] FractionNames = [.. PatchFractions.All.Select(fraction => fraction.Key)];

    private static readonly string[] BoxNames = ["xmin", "ymin", "xmax", "ymax"];

    private static ParquetSchema Schema(IReadOnlyList<string> targets) => new(
    [
        Text("location_id"),
        Text("scene_id"),
        ParquetColumns.Time(),
        Number<int>("epsg"),
        Number<double>("left"),
        Number<double>("top"),
        Number<float>("pixel_size_m"),
        Number<int>("scene_column"),
        Number<int>("scene_row"),
        Text("arrangement"),
        .. FractionNames.Select(name => Number<float>(name + "_fraction")),
        Text("shard"),
        Number<int>("shard_row"),
        Number<ulong>("checksum"),
        Number<long>("pixels_offset"),
        Number<int>("pixels_length"),
        Number<long>("validity_offset"),
        Number<long>("labels_offset"),
        new StructField("bbox", [.. BoxNames.Select(name => Number<double>(name))]),
        new DataField("geometry", typeof(byte[]), isNullable: false),
        .. targets.Select(name => Number<double>(TargetPrefix + name)),
    ]);

    private static DataField Text(string name) => new(name, typeof(string), isNullable: false);

    private static DataField Number<T>(string name) => new(name, typeof(T), isNullable: false);

    /// <summary>Writes the catalog atomically; equal rows give equal bytes.</summary>
    /// <returns>Checksum of the file.</returns>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static ulong Write(string path, IReadOnlyList<PatchInfo> patches) => AtomicFile.WriteWithChecksum(path, stream =>
    {
        var schema = Schema([.. (patches.Count > 0 ? patches[0].Targets : []).Select(target => target.Name)]);
        var writer = Wait.For(ParquetWriter.CreateAsync(schema, stream, ParquetColumns.Small));
        writer.CustomMetadata = new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
            ["geo"] = GeoMetadata(patches),
        };
        foreach (var rows in patches.Chunk(RowsPerGroup))
            WriteGroup(writer, schema, rows);
        Wait.For(writer.DisposeAsync());
    });

    private static void WriteGroup(ParquetWriter writer, ParquetSchema schema, PatchInfo[] rows)
    {
        var columns = new ParquetColumns(writer.CreateRowGroup(), schema);
        columns.WriteText(rows.Select(row => row.LocationId));
        columns.WriteText(rows.Select(row => row.SceneId));
        columns.Write(rows.Select(row => DateTime.SpecifyKind(row.Time, DateTimeKind.Utc)).ToArray());
        columns.Write(rows.Select(row => row.Epsg).ToArray());
        columns.Write(rows.Select(row => row.Left).ToArray());
        columns.Write(rows.Select(row => row.Top).ToArray());
        columns.Write(rows.Select(row => (float)row.PixelSizeM).ToArray());
        columns.Write(rows.Select(row => row.SceneColumn).ToArray());
        columns.Write(rows.Select(row => row.SceneRow).ToArray());
        columns.WriteText(rows.Select(row => row.Arrangement));
        foreach (var fraction in PatchFractions.All)
            columns.Write(rows.Select(row => (float)fraction.Value(row)).ToArray());
        columns.WriteText(rows.Select(row => row.Shard));
        columns.Write(rows.Select(row => row.ShardRow).ToArray());
        columns.Write(rows.Select(row => row.Checksum).ToArray());
        columns.Write(rows.Select(row => row.Bytes.Pixels).ToArray());
        columns.Write(rows.Select(row => row.Bytes.PixelsLength).ToArray());
        columns.Write(rows.Select(row => row.Bytes.Validity).ToArray());
        columns.Write(rows.Select(row => row.Bytes.Labels).ToArray());
        for (var side = 0; side < BoxNames.Length; side++)
            columns.WriteMember(rows.Select(row => Box(row)[side]).ToArray());
        columns.Write(rows.Select(row => (ReadOnlyMemory<byte>)WkbPolygon.ToWkb(row.Footprint)).ToArray());
        for (var target = 0; target < rows[0].Targets.Count; target++)
            columns.Write(rows.Select(row => row.Targets[target].Value).ToArray());
        columns.Complete();
    }

    private static double[] Box(PatchInfo row) =>
    [
        row.Footprint.Min(corner => corner.Longitude), row.Footprint.Min(corner => corner.Latitude),
        row.Footprint.Max(corner => corner.Longitude), row.Footprint.Max(corner => corner.Latitude),
    ];

    /// <summary>The "geo" entry, with the box of all patches and the column of each one's box.</summary>
    private static string GeoMetadata(IReadOnlyList<PatchInfo> patches)
    {
        double[] all = [double.PositiveInfinity, double.PositiveInfinity, double.NegativeInfinity, double.NegativeInfinity];
        foreach (var box in patches.Select(Box))
            all = [Math.Min(all[0], box[0]), Math.Min(all[1], box[1]), Math.Max(all[2], box[2]), Math.Max(all[3], box[3])];
        var bounds = string.Join(',', all.Select(side => side.ToString("R", CultureInfo.InvariantCulture)));
        var covering = string.Join(',', BoxNames.Select(name => $"\"{name}\":[\"bbox\",\"{name}\"]"));
        return WkbPolygon.GeoMetadata($",\"bbox\":[{bounds}],\"covering\":{{\"bbox\":{{{covering}}}}}");
    }

    /// <summary>Reads a catalog.</summary>
    /// <exception cref="DatasetException">Missing, damaged, of another format or version.</exception>
    public static IReadOnlyList<PatchInfo> Read(string path) => ParquetFile.Read(path, reader =>
    {
        ParquetFile.RequireFormat(reader.CustomMetadata, path, FormatName, Version);
        string[] targets = [.. reader.Schema.DataFields.Where(field => field.Name.StartsWith(TargetPrefix, StringComparison.Ordinal)).Select(field => field.Name[TargetPrefix.Length..])];
        var catalog = new PatchCatalog(checked((int)Enumerable.Range(0, reader.RowGroupCount).Sum(group => reader.OpenRowGroupReader(group).RowCount)), targets);
        for (int group = 0, first = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            var range = new Range(first, first + (int)rows.RowCount);
            new CatalogGroup(reader.Schema, rows, catalog, range).Read(FractionNames, TargetPrefix);
            first = range.End.Value;
        }

        return catalog;
    });
}
