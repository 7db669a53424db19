using Parquet;
using Parquet.Schema;

namespace SpectralEarth.Shards.Format;

/// <summary>Writes the columns of one row group in schema order, and reads them by name.</summary>
internal sealed class ParquetColumns(ParquetRowGroupWriter group, ParquetSchema schema)
{
    private int next;

    public void Write<T>(T[] values) where T : struct =>
        Wait.For(group.WriteAsync<T>(schema.DataFields[next++], values.AsMemory()));

    public void WriteText(IEnumerable<string> values) => Write(values.Select(value => value.AsMemory()).ToArray());

    /// <summary>Writes a byte array column that may hold nulls.</summary>
    public void WriteOptional(ReadOnlyMemory<byte>?[] values) =>
        Wait.For(group.WriteAsync<ReadOnlyMemory<byte>>(schema.DataFields[next++], values.AsMemory()));

    /// <summary>Writes a member of a struct column; Parquet.Net makes structs optional, so presence is written too.</summary>
    public void WriteMember<T>(T[] values) where T : struct
    {
        var present = new int[values.Length];
        Array.Fill(present, 1);
        Wait.For(group.WriteAllPartsAsync<T>(schema.DataFields[next++], values.AsMemory(), present.AsMemory(), null, default));
    }

    /// <summary>Completes the row group; not called when a column failed, so that the cause is not hidden.</summary>
    public void Complete()
    {
        group.CompleteValidate();
        group.Dispose();
    }
}

/// <summary>Parquet.Net is asynchronous only; files here are local and read by threads of our own.</summary>
internal static class Wait
{
    public static void For(Task task) => task.GetAwaiter().GetResult();

    public static T For<T>(Task<T> task) => task.GetAwaiter().GetResult();

    public static void For(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}
