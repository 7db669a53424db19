using Parquet;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Shards.Verification;

/// <summary>Checks a shard: its columns against the catalog, and every patch against its checksum.</summary>
/// <param name="Folder">Folder of the data set.</param>
/// <param name="Manifest">Contents of dataset.yaml.</param>
/// <param name="Problems">Receives what is wrong.</param>
/// <param name="Statistics">Receives the values of all patches that are sound.</param>
internal sealed record ShardCheck(string Folder, DatasetManifest Manifest, ProblemList Problems, SpectralStatistics Statistics)
{
    private readonly ShardFormat format = ShardFormat.Of(Manifest);
    private readonly bool[] isClass = [.. Enumerable.Range(0, 256).Select(code => code == 0 || Manifest.Classes.Any(item => item.Code == code))];

    /// <summary>Checks one shard.</summary>
    /// <param name="shard">File name.</param>
    /// <param name="rows">Catalog rows of the shard in order.</param>
    /// <param name="patchDone">Called after each patch.</param>
    /// <param name="cancel">Stops between patches.</param>
    public void Run(string shard, IReadOnlyList<PatchInfo> rows, Action patchDone, CancellationToken cancel)
    {
        var path = Path.Combine(Folder, Dataset.ShardFolder, shard);
        var name = $"{Dataset.ShardFolder}/{shard}";
        if (!File.Exists(path))
        {
            Problems.Add(name, $"the file is missing, and with it {rows.Count} patches.");
            return;
        }

        if (!Problems.Concerns(name))
        {
            Problems.Try(name, () => ParquetFile.Read(path, reader =>
            {
                format.Check(reader.CustomMetadata, path);
                CompareColumns(reader, name, rows);
                return name;
            }));
        }

        using var patches = ShardReader.OpenUnchecked(path, format);
        ParallelPatches.For(rows.Count, () => new Buffer(format), (row, buffer) =>
        {
            CheckPatch(patches, name, rows[row], buffer);
            patchDone();
        }, cancel);
    }

    private void CompareColumns(ParquetReader reader, string name, IReadOnlyList<PatchInfo> rows)
    {
        var first = 0;
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            using var columns = reader.OpenRowGroupReader(group);
            var count = (int)Math.Min(columns.RowCount, rows.Count - first);
            if (count != columns.RowCount)
                break;
            var locations = Column<ReadOnlyMemory<char>>("location_id");
            var scenes = Column<ReadOnlyMemory<char>>("scene_id");
            var times = Column<DateTime>("time");
            var arrangements = Column<ReadOnlyMemory<char>>("arrangement");
            var checksums = Column<ulong>("checksum");
            for (var row = 0; row < count; row++)
            {
                var info = rows[first + row];
                Compare("location_id", locations[row].ToString(), info.LocationId);
                Compare("scene_id", scenes[row].ToString(), info.SceneId);
                Compare("time", times[row].ToString("O"), info.Time.ToString("O"));
                Compare("arrangement", arrangements[row].ToString(), info.Arrangement);
                Compare("checksum", checksums[row].ToString("x16"), info.Checksum.ToString("x16"));

                void Compare(string column, string found, string expected)
                {
                    if (found != expected)
                        Problems.Add(name, first + row, info, $"{column} is '{found}', expected '{expected}' of {CatalogFile.FileName}.");
                }
            }

            first += count;

            T[] Column<T>(string column) where T : struct => ParquetColumns.Read<T>(columns, reader.Schema, column);
        }

        var all = Enumerable.Range(0, reader.RowGroupCount).Sum(group => reader.OpenRowGroupReader(group).RowCount);
        if (all != rows.Count)
            Problems.Add(name, $"{all} rows, expected {rows.Count} of {CatalogFile.FileName}.");
    }

    private void CheckPatch(ShardReader patches, string name, PatchInfo info, Buffer buffer)
    {
        try
        {
            patches.Read([info], buffer.Pixels, buffer.Validity, buffer.Labels);
        }
        catch (DatasetException e)
        {
            Problems.Add(name, info.ShardRow, info, e.Found ?? e.Message);
            return;
        }

        Statistics.Add(buffer.Pixels, buffer.Validity);
        if (Array.Find(buffer.Labels, code => !isClass[code]) is var unknown and not 0)
            Problems.Add(name, info.ShardRow, info, $"label code {unknown} is no class of {ManifestFile.FileName}.");
    }

    /// <summary>Memory for one patch.</summary>
    private sealed class Buffer(ShardFormat format)
    {
        public short[] Pixels { get; } = GC.AllocateUninitializedArray<short>(format.SampleCount);
        public byte[] Validity { get; } = new byte[format.PixelCount];
        public byte[] Labels { get; } = new byte[format.PixelCount];
    }
}
