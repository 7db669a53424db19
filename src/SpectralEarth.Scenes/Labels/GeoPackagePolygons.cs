using System.Globalization;
using Microsoft.Data.Sqlite;
using NetTopologySuite.IO;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Polygons of a GeoPackage (OGC 12-128, a SQLite database): all its tables of features that have the label's column.</summary>
internal static class GeoPackagePolygons
{
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
        catch (Exception error) when (error is SqliteException or ParseException or InvalidCastException or ArgumentException)
        {
            throw new SceneException($"{path}: the file is no sound GeoPackage: {error.Message}", error);
        }
    }

    private static List<LabelPolygon> Polygons(SqliteConnection database, string path, string table, string geometry, string field)
    {
        var reader = new GeoPackageGeoReader();
        return Rows(database, $"SELECT rowid, {Name(field)}, {Name(geometry)} FROM {Name(table)} ORDER BY rowid", row => LabelPolygon.Of(path,
            $"{table}, row {row.GetInt64(0)}", field,
            row.IsDBNull(1) ? null : Convert.ToString(row.GetValue(1), CultureInfo.InvariantCulture),
            row.IsDBNull(2) ? null : reader.Read(row.GetFieldValue<byte[]>(2))));
    }

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
