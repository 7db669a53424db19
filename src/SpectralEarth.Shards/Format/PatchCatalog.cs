using System.Collections;
using System.Text;

namespace SpectralEarth.Shards.Format;

/// <summary>
/// The catalog in memory, by columns: about 200 bytes a patch, so that half a million patches need little more than
/// 100 MB. Rows are made on demand.
/// </summary>
internal sealed class PatchCatalog : IReadOnlyList<PatchInfo>
{
    /// <summary>Fractions of a row: no-data, cloud, cloud shadow, haze, cirrus, snow, water, defective, low quality, labelled.</summary>
    public const int Fractions = 10;

    private readonly TextColumn locationIds;

    /// <summary>Makes room for <paramref name="count"/> rows.</summary>
    public PatchCatalog(int count, IReadOnlyList<string> targetNames)
    {
        (Count, TargetNames, Targets) = (count, targetNames, new double[count * targetNames.Count]);
        locationIds = new TextColumn(count);
        (SceneIds, Shards, Arrangements) = (new int[count], new int[count], new int[count]);
        (Times, Epsg) = (new DateTime[count], new int[count]);
        (Lefts, Tops, PixelSizes) = (new double[count], new double[count], new float[count]);
        (SceneColumns, SceneRows, ShardRows) = (new int[count], new int[count], new int[count]);
        (Shares, Corners) = (new float[count * Fractions], new double[count * WkbPolygon.Corners * 2]);
        (Checksums, Bytes) = (new ulong[count], new PatchBytes[count]);
    }

    /// <inheritdoc/>
    public int Count { get; }
    /// <summary>Names that rows refer to by number: scenes, shards and arrangements.</summary>
    public NameTable Names { get; } = new();
    public int[] SceneIds { get; }
    public int[] Shards { get; }
    public int[] Arrangements { get; }
    public DateTime[] Times { get; }
    public int[] Epsg { get; }
    public double[] Lefts { get; }
    public double[] Tops { get; }
    public float[] PixelSizes { get; }
    public int[] SceneColumns { get; }
    public int[] SceneRows { get; }
    public int[] ShardRows { get; }
    public float[] Shares { get; }
    public double[] Corners { get; }
    public ulong[] Checksums { get; }
    public IReadOnlyList<string> TargetNames { get; }
    public double[] Targets { get; }
    public PatchBytes[] Bytes { get; }

    /// <summary>Appends the next row's location id.</summary>
    public void AddLocation(string locationId) => locationIds.Add(locationId);

    /// <inheritdoc/>
    public PatchInfo this[int index] => new()
    {
        LocationId = locationIds[index],
        SceneId = Names[SceneIds[index]],
        Time = Times[index],
        Epsg = Epsg[index],
        Left = Lefts[index],
        Top = Tops[index],
        PixelSizeM = PixelSizes[index],
        SceneColumn = SceneColumns[index],
        SceneRow = SceneRows[index],
        Arrangement = Names[Arrangements[index]],
        Footprint = CornersOf(index),
        NoDataFraction = Share(index, 0),
        CloudFraction = Share(index, 1),
        CloudShadowFraction = Share(index, 2),
        HazeFraction = Share(index, 3),
        CirrusFraction = Share(index, 4),
        SnowFraction = Share(index, 5),
        WaterFraction = Share(index, 6),
        DefectiveFraction = Share(index, 7),
        LowQualityFraction = Share(index, 8),
        LabelledFraction = Share(index, 9),
        Targets = TargetsOf(index),
        Shard = Names[Shards[index]],
        ShardRow = ShardRows[index],
        Checksum = Checksums[index],
        Bytes = Bytes[index],
    };

    private PatchTarget[] TargetsOf(int index) =>
        [.. TargetNames.Select((name, target) => new PatchTarget(name, Targets[(index * TargetNames.Count) + target]))];

    private float Share(int index, int which) => Shares[(index * Fractions) + which];

    private (double, double)[] CornersOf(int index)
    {
        var corners = Corners.AsSpan(index * WkbPolygon.Corners * 2, WkbPolygon.Corners * 2);
        return [(corners[0], corners[1]), (corners[2], corners[3]), (corners[4], corners[5]), (corners[6], corners[7])];
    }

    /// <inheritdoc/>
    public IEnumerator<PatchInfo> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
            yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Distinct names, numbered in order of appearance.</summary>
    public sealed class NameTable
    {
        private readonly List<string> names = [];
        private readonly Dictionary<string, int> numbers = [];

        public string this[int number] => names[number];

        public int NumberOf(ReadOnlySpan<char> name)
        {
            var lookup = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
            if (lookup.TryGetValue(name, out var number))
                return number;
            names.Add(name.ToString());
            numbers.Add(names[^1], names.Count - 1);
            return names.Count - 1;
        }
    }

    /// <summary>Texts that hardly repeat, as UTF-8 in one array.</summary>
    private sealed class TextColumn(int count)
    {
        private readonly int[] ends = new int[count];
        private byte[] bytes = new byte[count * 28];
        private int rows;

        public string this[int row] => Encoding.UTF8.GetString(bytes.AsSpan(Start(row)..ends[row]));

        public void Add(string text)
        {
            var start = Start(rows);
            var length = Encoding.UTF8.GetByteCount(text);
            if (start + length > bytes.Length)
                Array.Resize(ref bytes, Math.Max(start + length, bytes.Length * 3 / 2));
            ends[rows++] = start + Encoding.UTF8.GetBytes(text, bytes.AsSpan(start));
        }

        private int Start(int row) => row == 0 ? 0 : ends[row - 1];
    }
}
