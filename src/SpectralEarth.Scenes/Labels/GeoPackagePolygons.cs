using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Data.Sqlite;
using NetTopologySuite.Geometries;
using NetTopologySuite.IO;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Polygons of a GeoPackage (OGC 12-128, a SQLite database): all its tables of features that have the label's column.</summary>
internal static class GeoPackagePolygons
{
    private const int HeaderBytes = 8;

    private const string Layers = """
        SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id
        FROM gpkg_geometry_columns g JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id ORDER BY g.table_name
        """;

    /// <inheritdoc cref="PolygonFile.Open"/>
    public static PolygonFile Read(string path, string field)
    {
        try
        {
            var connection = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false };
            using var database = new SqliteConnection(connection.ToString());
            database.Open();
            var layers = Rows(database, Layers, row => (Table: row.GetString(0), Geometry: row.GetString(1), System: $"{row.GetString(2)}:{row.GetInt64(3)}", Epsg: (int)row.GetInt64(3)));
            var labelled = layers.Where(layer => Columns(database, layer.Table).Contains(field, StringComparer.OrdinalIgnoreCase)).ToArray();
            if (labelled.Length == 0)
                throw new SceneException($"{path}: no table of features has a column '{field}' (tables: {string.Join(", ", layers.Select(layer => $"{layer.Table} with {string.Join(", ", Columns(database, layer.Table))}"))}). Name the column with --label-field.");
            if (labelled.Select(layer => layer.Epsg).Distinct().Count() > 1)
                throw new SceneException($"{path}: tables have different reference systems ({string.Join(", ", labelled.Select(layer => $"{layer.Table} {layer.System}"))}). Write them to files of their own.");
            var known = labelled[0].System.StartsWith("EPSG:", StringComparison.OrdinalIgnoreCase) ? labelled[0].Epsg : (int?)null;
            return new PolygonFile(path, PolygonFile.Supported(path, known, labelled[0].System),
                [.. labelled.SelectMany(layer => Polygons(database, path, layer.Table, layer.Geometry, field))]);
        }
        catch (Exception error) when (error is SqliteException or InvalidCastException or ArgumentException)
        {
            throw new SceneException($"{path}: the file is no sound GeoPackage: {error.Message}", error);
        }
    }

    private static List<LabelPolygon> Polygons(SqliteConnection database, string path, string table, string geometry, string field)
    {
        // A view has neither a key nor a rowid: its rows are counted.
        var keys = Rows(database, $"PRAGMA table_info({Name(table)})", row => (Name: row.GetString(1), Key: row.GetInt64(5))).Where(column => column.Key > 0).ToArray();
        var key = keys.Length == 1 ? Name(keys[0].Name) : null;
        var reader = new GeoPackageGeoReader();
        var number = 0;
        return Rows(database, $"SELECT {Name(field)}, {Name(geometry)}, {key ?? "NULL"} FROM {Name(table)}{(key is null ? "" : $" ORDER BY {key}")}", row =>
        {
            number++;
            var place = $"{table}, row {Text(row, 2) ?? number.ToString(CultureInfo.InvariantCulture)}";
            return LabelPolygon.Of(path, place, field, Text(row, 0), row.IsDBNull(1) ? null : Shape());

            Geometry Shape()
            {
                try
                {
                    var stored = row.GetFieldValue<byte[]>(1);
                    // GDAL 3.6 leaves curves with heights as they are, hence -dim.
                    return IsCurve(stored)
                        ? throw new SceneException($"{path}: {place} has curved edges; expected straight ones. Convert it: ogr2ogr -nlt CONVERT_TO_LINEAR -dim XY OUT.gpkg \"{path}\" \"{table}\".")
                        : reader.Read(stored);
                }
                catch (Exception error) when (error is ParseException or EndOfStreamException or InvalidCastException or ArgumentException)
                {
                    throw new SceneException($"{path}: the geometry of {place} cannot be read: {error.GetBaseException().Message.TrimEnd('.')}. Correct it, or leave it out.", error);
                }
            }
        });
    }

    /// <summary>True of the kinds from CircularString (8) to Surface (14) that ISO 13249-3 adds to polygons, in two to four dimensions.</summary>
    /// <param name="stored">Header and well-known binary (OGC 12-128, 2.1.3).</param>
    private static bool IsCurve(ReadOnlySpan<byte> stored)
    {
        ReadOnlySpan<int> envelopeBytes = [0, 32, 48, 48, 64, 0, 0, 0];
        var start = stored.Length < HeaderBytes ? stored.Length : HeaderBytes + envelopeBytes[stored[3] >> 1 & 7];
        if (stored.Length < start + 5)
            return false;
        var kind = stored[(start + 1)..];
        return (stored[start] == 1 ? BinaryPrimitives.ReadUInt32LittleEndian(kind) : BinaryPrimitives.ReadUInt32BigEndian(kind)) % 1000 is >= 8 and <= 14;
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Convert.ToString(row.GetValue(column), CultureInfo.InvariantCulture);

    private static List<string> Columns(SqliteConnection database, string table) => Rows(database, $"PRAGMA table_info({Name(table)})", row => row.GetString(1));

    private static List<T> Rows<T>(SqliteConnection database, string sql, Func<SqliteDataReader, T> read)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var all = new List<T>();
        while (row.Read())
            all.Add(read(row));
        return all;
    }

    /// <summary>A name in quotes, as SQL wants it.</summary>
    private static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
