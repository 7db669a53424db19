using Parquet;
using Parquet.Schema;
using SpectralEarth.Shards.Format;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Statistics;

/// <summary>Counts of a <see cref="SpectralStatistics"/> as a Parquet file of (channel, value, count), to be merged later.</summary>
public static class StatisticsFile
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "statistics.parquet";

    private static readonly ParquetSchema Schema = new(
        new DataField("channel", typeof(int), isNullable: false),
        new DataField("value", typeof(short), isNullable: false),
        new DataField("count", typeof(long), isNullable: false));

    /// <summary>Writes all counts atomically, a row group per channel.</summary>
    /// <returns>Checksum of the file.</returns>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static ulong Write(string path, SpectralStatistics statistics) => AtomicFile.WriteWithChecksum(path, stream =>
    {
        var writer = Wait.For(ParquetWriter.CreateAsync(Schema, stream, ParquetColumns.Small));
        for (var channel = 0; channel < statistics.Channels; channel++)
        {
            var counts = statistics.Counts(channel);
            if (counts.Count == 0)
                continue;
            var columns = new ParquetColumns(writer.CreateRowGroup(), Schema);
            columns.Write(Enumerable.Repeat(channel, counts.Count).ToArray());
            columns.Write(counts.Select(count => count.Value).ToArray());
            columns.Write(counts.Select(count => count.Count).ToArray());
            columns.Complete();
        }

        Wait.For(writer.DisposeAsync());
    });

    /// <summary>Adds the counts of a file to <paramref name="statistics"/>.</summary>
    /// <exception cref="DatasetException">The file cannot be read.</exception>
    public static void AddTo(SpectralStatistics statistics, string path) => ParquetFile.Read(path, reader =>
    {
        for (var group = 0; group < reader.RowGroupCount; group++)
            AddGroup(statistics, reader, group);
        return statistics;
    });

    private static void AddGroup(SpectralStatistics statistics, ParquetReader reader, int group)
    {
        using var rows = reader.OpenRowGroupReader(group);
        var channels = ParquetColumns.Read<int>(rows, reader.Schema, "channel");
        var values = ParquetColumns.Read<short>(rows, reader.Schema, "value");
        var counts = ParquetColumns.Read<long>(rows, reader.Schema, "count");
        for (var row = 0; row < channels.Length; row++)
            statistics.AddCount(channels[row], values[row], counts[row]);
    }
}
