using System.Globalization;
using Parquet;
using Parquet.Schema;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Format;

/// <summary>Vectors of patches or of their tokens as GeoParquet 1.1, readable with DuckDB, pandas and GeoPandas.</summary>
public static class EmbeddingFile
{
    private const string FormatName = "spectralearth-embeddings";
    private const int Version = 1;
    private const int RowsPerGroup = 1 << 12;
    private const string TokenRow = "token_row", TokenColumn = "token_column", Vector = "vector";

    /// <summary>Writes a file atomically, some thousand rows at a time; equal rows give equal bytes.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="origin">What the vectors are; stored in the file.</param>
    /// <param name="rows">Vectors, enumerated once.</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Write(string path, EmbeddingOrigin origin, IEnumerable<Embedding> rows) => AtomicFile.Write(path, stream =>
    {
        var schema = Schema(origin.IsPerToken);
        var writer = Wait.For(ParquetWriter.CreateAsync(schema, stream, ParquetColumns.Small));
        writer.CustomMetadata = new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
            ["geo"] = WkbPolygon.GeoMetadata(),     // without the box of all, which is not known before the end
            ["dataset_fingerprint"] = origin.DatasetFingerprint,
            ["checkpoint_checksum"] = origin.CheckpointChecksum,
            ["encoder"] = origin.Encoder,
            ["width"] = origin.Width.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var group in rows.Chunk(RowsPerGroup))
            WriteGroup(new ParquetColumns(writer.CreateRowGroup(), schema), group, origin.IsPerToken);
        Wait.For(writer.DisposeAsync());
    });

    /// <summary>Reads a file; geometry is left out.</summary>
    /// <exception cref="DatasetException">Missing, damaged, of another format or version.</exception>
    public static EmbeddingTable Read(string path) => ParquetFile.Read(path, reader =>
    {
        var metadata = reader.CustomMetadata;
        ParquetFile.RequireFormat(metadata, path, FormatName, Version, " Make one with spectralearth embed.");
        var isPerToken = reader.Schema.DataFields.Any(field => field.Name == TokenRow);
        var width = int.Parse(metadata["width"], CultureInfo.InvariantCulture);
        var (places, vectors) = (new List<EmbeddedPlace>(), new List<float[]>());
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            Read(reader.Schema, rows, isPerToken, width, places, vectors);
        }

        return new EmbeddingTable(new EmbeddingOrigin(metadata["dataset_fingerprint"], metadata["checkpoint_checksum"], metadata["encoder"], width, isPerToken), places, vectors);
    }, "make it again with spectralearth embed");

    private static ParquetSchema Schema(bool isPerToken) => new(
    [
        new DataField("location_id", typeof(string), isNullable: false),
        new DataField("scene_id", typeof(string), isNullable: false),
        ParquetColumns.Time(),
        .. isPerToken ? [new DataField(TokenRow, typeof(int), isNullable: false), new DataField(TokenColumn, typeof(int), isNullable: false)] : Array.Empty<Field>(),
        new ListField(Vector, new DataField("element", typeof(float), isNullable: false)),
        new DataField("geometry", typeof(byte[]), isNullable: false),
    ]);

    private static void WriteGroup(ParquetColumns columns, Embedding[] rows, bool isPerToken)
    {
        columns.WriteText(rows.Select(row => row.Place.LocationId));
        columns.WriteText(rows.Select(row => row.Place.SceneId));
        columns.Write(rows.Select(row => DateTime.SpecifyKind(row.Place.Time, DateTimeKind.Utc)).ToArray());
        if (isPerToken)
        {
            columns.Write(rows.Select(row => row.Place.TokenRow).ToArray());
            columns.Write(rows.Select(row => row.Place.TokenColumn).ToArray());
        }

        columns.WriteLists(rows.Select(row => row.Vector).ToArray());
        columns.Write(rows.Select(row => (ReadOnlyMemory<byte>)WkbPolygon.ToWkb(row.Footprint)).ToArray());
        columns.Complete();
    }

    private static void Read(ParquetSchema schema, ParquetRowGroupReader rows, bool isPerToken, int width, List<EmbeddedPlace> places, List<float[]> vectors)
    {
        var count = checked((int)rows.RowCount);
        var (locations, scenes, times) = (Column<ReadOnlyMemory<char>>("location_id"), Column<ReadOnlyMemory<char>>("scene_id"), Column<DateTime>("time"));
        var (tokenRows, tokenColumns) = isPerToken ? (Column<int>(TokenRow), Column<int>(TokenColumn)) : (new int[count], new int[count]);
        for (var row = 0; row < count; row++)
            places.Add(new EmbeddedPlace(locations[row].ToString(), scenes[row].ToString(), DateTime.SpecifyKind(times[row], DateTimeKind.Utc), tokenRows[row], tokenColumns[row]));
        vectors.AddRange(ParquetColumns.ReadLists(rows, schema.DataFields.Single(field => field.Path.FirstPart == Vector), count, width));

        T[] Column<T>(string name) where T : struct => ParquetColumns.Read<T>(rows, schema, name);
    }
}

/// <summary>What the vectors of a file are.</summary>
/// <param name="DatasetFingerprint">Fingerprint of the data set.</param>
/// <param name="CheckpointChecksum">Identity of the encoder's weights.</param>
/// <param name="Encoder">Architecture for people, for example "spec_vit".</param>
/// <param name="Width">Numbers of a vector, D.</param>
/// <param name="IsPerToken">True for a vector per token, false for one per patch.</param>
public sealed record EmbeddingOrigin(string DatasetFingerprint, string CheckpointChecksum, string Encoder, int Width, bool IsPerToken);

/// <summary>What a vector describes.</summary>
/// <param name="LocationId">Location of the patch.</param>
/// <param name="SceneId">Scene of the patch.</param>
/// <param name="Time">Acquisition time, UTC.</param>
/// <param name="TokenRow">Row of the token in the patch, from 0; 0 of a whole patch.</param>
/// <param name="TokenColumn">Column of the token in the patch, from 0; 0 of a whole patch.</param>
public sealed record EmbeddedPlace(string LocationId, string SceneId, DateTime Time, int TokenRow, int TokenColumn);

/// <summary>A vector with its place.</summary>
/// <param name="Place">Patch or token.</param>
/// <param name="Footprint">Corners (longitude, latitude, degrees) from the upper left clockwise.</param>
/// <param name="Vector">Feature, D numbers.</param>
public sealed record Embedding(EmbeddedPlace Place, IReadOnlyList<(double Longitude, double Latitude)> Footprint, float[] Vector);

/// <summary>Contents of a file of vectors.</summary>
/// <param name="Origin">What they are.</param>
/// <param name="Places">Place of each.</param>
/// <param name="Vectors">Vectors of D numbers, in the order of the places.</param>
public sealed record EmbeddingTable(EmbeddingOrigin Origin, IReadOnlyList<EmbeddedPlace> Places, IReadOnlyList<float[]> Vectors);
