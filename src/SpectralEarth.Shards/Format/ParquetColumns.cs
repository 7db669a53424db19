using System.Globalization;
using System.IO.Compression;
using Parquet;
using Parquet.Schema;

namespace SpectralEarth.Shards.Format;

/// <summary>Writes the columns of one row group in schema order, and reads them by name.</summary>
internal sealed class ParquetColumns(ParquetRowGroupWriter group, ParquetSchema schema)
{
    private int next;

    /// <summary>Options of tables that are small beside the pixels.</summary>
    public static ParquetOptions Small => new() { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };

    /// <summary>The column of acquisition times, UTC.</summary>
    /// <remarks>Milliseconds: Parquet.Net writes the column's statistics in them whatever the unit, and readers prune by statistics.</remarks>
    public static DateTimeDataField Time() => new("time", DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Millis, isNullable: false);

    public void Write<T>(T[] values) where T : struct =>
        Wait.For(group.WriteAsync<T>(schema.DataFields[next++], values.AsMemory()));

    public void WriteText(IEnumerable<string> values) => Write(values.Select(value => value.AsMemory()).ToArray());

    /// <summary>Writes a byte array column that may hold nulls.</summary>
    public void WriteOptional(IEnumerable<byte[]?> values)
    {
        // Not "?:": null would become an empty memory through the conversion from arrays.
        var optional = values.Select(value => value is null ? default(ReadOnlyMemory<byte>?) : new ReadOnlyMemory<byte>(value)).ToArray();
        Wait.For(group.WriteAsync<ReadOnlyMemory<byte>>(schema.DataFields[next++], optional.AsMemory()));
    }

    /// <summary>Writes a member of a struct column; Parquet.Net makes structs optional, so presence is written too.</summary>
    public void WriteMember<T>(T[] values) where T : struct
    {
        var present = new int[values.Length];
        Array.Fill(present, 1);
        Wait.For(group.WriteAllPartsAsync<T>(schema.DataFields[next++], values.AsMemory(), present.AsMemory(), null, default));
    }

    /// <summary>Writes a column of lists, none of which is null or empty.</summary>
    public void WriteLists(float[][] lists)
    {
        var field = schema.DataFields[next++];
        var values = new float[lists.Sum(list => list.Length)];
        var (defined, repeated) = (new int[values.Length], new int[values.Length]);
        Array.Fill(defined, field.MaxDefinitionLevel);
        Array.Fill(repeated, field.MaxRepetitionLevel);
        var at = 0;
        foreach (var list in lists)
        {
            list.CopyTo(values, at);
            repeated[at] = 0;    // begins a row
            at += list.Length;
        }

        Wait.For(group.WriteAllPartsAsync<float>(field, values.AsMemory(), defined.AsMemory(), repeated.AsMemory(), default));
    }

    /// <summary>Reads a column by its name.</summary>
    public static T[] Read<T>(ParquetRowGroupReader rows, ParquetSchema schema, string name) where T : struct
    {
        var values = new T[checked((int)rows.RowCount)];
        Wait.For(rows.ReadAsync<T>(schema.FindDataField(name), values.AsMemory()));
        return values;
    }

    /// <summary>Reads a column of lists of equal length.</summary>
    /// <exception cref="FormatException">A list has another length.</exception>
    public static IEnumerable<float[]> ReadLists(ParquetRowGroupReader rows, DataField field, int count, int length)
    {
        var (values, defined, repeated) = (new float[count * length], new int[count * length], new int[count * length]);
        Wait.For(rows.ReadRawAsync<float>(field, values.AsMemory(), defined.AsMemory(), repeated.AsMemory(), default));
        return Enumerable.Range(0, values.Length).All(at => repeated[at] == 0 == (at % length == 0))
            ? values.Chunk(length)
            : throw new FormatException($"lists in {field.Name} do not have {length} numbers each");
    }

    /// <summary>Completes the row group; not called when a column failed, so that the cause is not hidden.</summary>
    public void Complete()
    {
        group.CompleteValidate();
        group.Dispose();
    }
}

/// <summary>Opens Parquet files for reading; the file is closed whatever happens.</summary>
internal static class ParquetFile
{
    /// <summary>Refuses a file of another format or version than this program writes.</summary>
    /// <param name="metadata">Key-value metadata of the file.</param>
    /// <param name="path">Names the file in messages.</param>
    /// <param name="format">Format that it must have.</param>
    /// <param name="version">Version that it must have.</param>
    /// <param name="advice">What to do about a file of another format.</param>
    /// <exception cref="DatasetException">The file has another format or another version, or does not tell.</exception>
    public static void RequireFormat(IReadOnlyDictionary<string, string> metadata, string path, string format, int version, string advice = "")
    {
        if (metadata.GetValueOrDefault("format", "missing") is var found && found != format)
            throw new DatasetException($"{path}: not a {format} file (format is '{found}').{advice}");
        if (metadata.GetValueOrDefault("format_version", "missing") is var text && text != version.ToString(CultureInfo.InvariantCulture))
            throw new DatasetException($"{path}: {format} version {text}, but this program reads version {version}. Update the program, or make the file again.");
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">File.</param>
    /// <param name="read">Reads what is wanted of it.</param>
    /// <param name="remake">How to make it again, for messages.</param>
    /// <exception cref="DatasetException">The file is missing, or is no Parquet file, or <paramref name="read"/> found it damaged.</exception>
    public static T Read<T>(string path, Func<ParquetReader, T> read, string remake = "make the data set again")
    {
        if (!File.Exists(path))
            throw new DatasetException($"{path}: the file is missing. Restore it or {remake}.");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            return read(Wait.For(ParquetReader.CreateAsync(stream)));
        }
        catch (Exception e) when (e is not DatasetException and not OutOfMemoryException)
        {
            // Parquet.Net meets damaged bytes with exceptions of any kind.
            throw new DatasetException($"{path}: not a readable Parquet file ({e.Message.TrimEnd('.')}). Restore it or {remake}.", e);
        }
    }
}

/// <summary>Parquet.Net is asynchronous only; files here are local and read by threads of our own.</summary>
internal static class Wait
{
    public static void For(Task task) => task.GetAwaiter().GetResult();

    public static T For<T>(Task<T> task) => task.GetAwaiter().GetResult();

    public static void For(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}
