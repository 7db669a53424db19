using System.Buffers;
using System.Collections.Concurrent;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards;

/// <summary>A patch data set on disk: dataset.yaml, catalog.parquet and shards. Safe to read from several threads.</summary>
public sealed class Dataset
{
    /// <summary>Folder of the shards inside a data set.</summary>
    public const string ShardFolder = "shards";

    // Shards stay open for the life of the process: reading patches in random order touches all of them again and again.
    private readonly ConcurrentDictionary<string, Lazy<ShardReader>> shards = new();
    private readonly ConcurrentDictionary<string, bool> unchanged = new();    // by shard: whether its bytes are those that were written
    private readonly ShardFormat format;
    private readonly int[]? channels;    // those that are seen, in the stored ones; null for all

    private Dataset(string path, DatasetManifest manifest, IReadOnlyList<PatchInfo> catalog) =>
        (Path, Manifest, Catalog, format) = (path, manifest, catalog, ShardFormat.Of(manifest));

    private Dataset(Dataset whole, int[] channels)
    {
        (Path, Catalog, format, this.channels) = (whole.Path, whole.Catalog, whole.format, channels);
        Manifest = whole.Manifest with
        {
            Bands = [.. channels.Select(channel => whole.Manifest.Bands[channel])],
            WavelengthsNm = [.. channels.Select(channel => whole.Manifest.WavelengthsNm[channel])],
            Statistics = [.. channels.Select(channel => whole.Manifest.Statistics[channel])],
        };
    }

    /// <summary>Opens a data set folder; reads the manifest and the catalog, no pixels.</summary>
    /// <exception cref="DatasetException">Not a data set, unfinished, of another format version, or manifest and catalog disagree.</exception>
    public static Dataset Open(string path)
    {
        var manifest = ManifestFile.Read(path);
        var file = System.IO.Path.Combine(path, CatalogFile.FileName);
        ChecksumList.Require(path, CatalogFile.FileName);
        var catalog = CatalogFile.Read(file);
        if (catalog.Count != manifest.Patches)
            throw new DatasetException($"{file}: {catalog.Count} patches, but {ManifestFile.FileName} says {manifest.Patches}. The files belong to different data sets.");
        var fingerprint = Fingerprint.Of(manifest, catalog);
        if (fingerprint != manifest.Fingerprint)
            throw new DatasetException($"{file}: fingerprint {fingerprint}, but {ManifestFile.FileName} says {manifest.Fingerprint}. The files belong to different data sets or are damaged.");
        return new Dataset(path, manifest, catalog);
    }

    /// <summary>Folder of the data set.</summary>
    public string Path { get; }

    /// <summary>Contents of dataset.yaml.</summary>
    public DatasetManifest Manifest { get; }

    /// <summary>All patches, sorted by location id, then time.</summary>
    public IReadOnlyList<PatchInfo> Catalog { get; }

    /// <summary>True if every patch has labels.</summary>
    public bool HasLabels => Manifest.Classes.Count > 0;

    /// <summary>The same data set as if it had some of its channels only, in any order; its fingerprint stays that of the whole.</summary>
    /// <param name="selection">0-based channels of this data set; one may come twice.</param>
    public Dataset WithChannels(IReadOnlyList<int> selection) =>
        new(this, [.. selection.Select(channel => channels is null ? channel : channels[channel])]);

    /// <summary>Sees to it that a file that is to be written replaces none of the data set's own, such as a shard.</summary>
    /// <exception cref="DatasetException">It would, or checksums.txt is missing or damaged.</exception>
    public void RequireForeign(string file)
    {
        var folder = System.IO.Path.GetFullPath(Path);
        var name = System.IO.Path.GetRelativePath(folder, System.IO.Path.GetFullPath(file)).Replace('\\', '/');
        if (name.StartsWith($"{ShardFolder}/", StringComparison.Ordinal) || name is ManifestFile.FileName or ChecksumList.FileName || ChecksumList.Read(folder).ContainsKey(name))
            throw new DatasetException($"{file}: this would replace a file of the data set {Path}. Choose another --out.");
    }

    /// <summary>Reads, decodes and verifies one patch.</summary>
    /// <exception cref="DatasetException">The shard is missing or damaged; the message names shard, location and scene.</exception>
    public Patch Read(int index)
    {
        var pixels = GC.AllocateUninitializedArray<short>(Manifest.Bands.Count * format.PixelCount);
        var validity = new byte[format.PixelCount];
        var labels = HasLabels ? new byte[format.PixelCount] : null;
        Read([index], pixels, validity, labels);
        return new Patch { Info = Catalog[index], Pixels = pixels, Validity = validity, Labels = labels };
    }

    /// <summary>
    /// Reads, decodes and verifies patches into the caller's memory. The dates of a location lie side by side and come in one read.
    /// </summary>
    /// <param name="indices">Rows of the catalog, N.</param>
    /// <param name="pixels">Receives the digital numbers, [N, C, H, W].</param>
    /// <param name="validity">Receives 1 = usable, 0 = not, [N, H, W].</param>
    /// <param name="labels">Receives the label codes, [N, H, W]; empty if they are not wanted.</param>
    /// <inheritdoc cref="Read(int)" path="/exception"/>
    public void Read(ReadOnlySpan<int> indices, Span<short> pixels, Span<byte> validity, Span<byte> labels)
    {
        if (channels is not null)
        {
            ReadChannels(indices, pixels, validity, labels);
            return;
        }

        var patches = new PatchInfo[indices.Length];
        for (var number = 0; number < patches.Length; number++)
            patches[number] = Catalog[indices[number]];
        for (var first = 0; first < patches.Length;)
        {
            var count = 1;
            while (first + count < patches.Length && patches[first + count].Shard == patches[first].Shard)
                count++;
            Shard(patches[first]).Read(
                patches.AsSpan(first, count),
                pixels.Slice(first * format.SampleCount, count * format.SampleCount),
                validity.Slice(first * format.PixelCount, count * format.PixelCount),
                labels.IsEmpty ? [] : labels.Slice(first * format.PixelCount, count * format.PixelCount));
            first += count;
        }
    }

    /// <summary>Tells the system that patches will be read soon, so that it fetches them in the order in which they lie on the disk.</summary>
    /// <param name="indices">Rows of the catalog; those of shards that nothing was read from yet are passed over.</param>
    public void Announce(ReadOnlySpan<int> indices)
    {
        var inOrder = indices.ToArray();
        Array.Sort(inOrder);    // the catalog's order is that of the shards
        foreach (var index in inOrder)
        {
            // What cannot be announced cannot be read either, and the reader says why.
            if ((uint)index < (uint)Catalog.Count && Catalog[index] is var info && shards.TryGetValue(info.Shard, out var shard) && shard.IsValueCreated)
                shard.Value.Announce(info);
        }
    }

    /// <summary>
    /// Reads one patch as it is stored, to be written into another data set with the same codec. So that no damage is copied, all of
    /// a shard is compared with checksums.txt before the first of its patches is read; where it differs, each patch is decoded and verified.
    /// </summary>
    /// <param name="info">A row of <see cref="Catalog"/>.</param>
    /// <inheritdoc cref="Read(int)" path="/exception"/>
    public EncodedPatch ReadEncoded(PatchInfo info)
    {
        var shard = Shard(info);
        if (!unchanged.GetOrAdd(info.Shard, IsUnchanged))
            shard.Read([info], new short[format.SampleCount], new byte[format.PixelCount], []);
        return shard.ReadEncoded(info);
    }

    /// <summary>Reads validity and labels of one patch without its pixels; not verified, since the checksum covers all three.</summary>
    /// <param name="index">Row of the catalog.</param>
    /// <param name="validity">Receives 1 = usable, 0 = not, [H, W].</param>
    /// <param name="labels">Receives the label codes, [H, W]; all 0 without labels.</param>
    /// <exception cref="DatasetException">The shard is missing or ends before the patch does.</exception>
    public void ReadLabels(int index, Span<byte> validity, Span<byte> labels)
    {
        var info = Catalog[index];
        Shard(info).ReadLabels(info, validity, labels);
    }

    /// <summary>Counts of every value of every channel over the valid pixels of all patches.</summary>
    /// <exception cref="DatasetException">The file is missing or damaged, or dataset.yaml has other statistics.</exception>
    public SpectralStatistics ReadStatistics()
    {
        var statistics = new SpectralStatistics(Manifest.Bands.Count, Manifest.NoData);
        var file = System.IO.Path.Combine(Path, StatisticsFile.FileName);
        ChecksumList.Require(Path, StatisticsFile.FileName);
        StatisticsFile.AddTo(statistics, file);
        if (!ChannelStatistics.AreEqual(statistics.ToChannels(), Manifest.Statistics))
            throw new DatasetException($"{file}: its counts give other statistics than {ManifestFile.FileName} has. One of the files is damaged or of another data set; restore it.");
        return statistics;
    }

    /// <summary>Patches are stored and verified whole, so each is read whole and its channels are picked.</summary>
    private void ReadChannels(ReadOnlySpan<int> indices, Span<short> pixels, Span<byte> validity, Span<byte> labels)
    {
        var (whole, area) = (ArrayPool<short>.Shared.Rent(format.SampleCount), format.PixelCount);
        try
        {
            for (var number = 0; number < indices.Length; number++)
            {
                PatchInfo[] patch = [Catalog[indices[number]]];
                Shard(patch[0]).Read(patch, whole.AsSpan(0, format.SampleCount), validity.Slice(number * area, area), labels.IsEmpty ? [] : labels.Slice(number * area, area));
                for (var channel = 0; channel < channels!.Length; channel++)
                    whole.AsSpan(channels[channel] * area, area).CopyTo(pixels.Slice(((number * channels.Length) + channel) * area, area));
            }
        }
        finally
        {
            ArrayPool<short>.Shared.Return(whole);
        }
    }

    private ShardReader Shard(PatchInfo info) => shards.GetOrAdd(info.Shard, name => new Lazy<ShardReader>(() => OpenShard(name))).Value;

    private bool IsUnchanged(string shard) =>
        ChecksumList.Read(Path).TryGetValue($"{ShardFolder}/{shard}", out var expected)
        && Checksum.ToText(Checksum.OfFile(System.IO.Path.Combine(Path, ShardFolder, shard))) == expected;

    private ShardReader OpenShard(string name) => ShardReader.Open(System.IO.Path.Combine(Path, ShardFolder, name), format);
}
