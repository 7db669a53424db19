using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Testing;

/// <summary>Writes data sets of patches in memory.</summary>
public static class TestDataset
{
    /// <summary>Encodes and writes patches in any order. Shard, row and checksum of their <see cref="PatchInfo"/> are replaced.</summary>
    public static Dataset Write(string folder, DatasetDescription description, IEnumerable<Patch> patches)
    {
        var codec = PatchCodecs.Named(description.Codec);
        var statistics = new SpectralStatistics(description.Bands.Count, description.NoData);
        var encoded = new Dictionary<PatchInfo, EncodedPatch>(ReferenceEqualityComparer.Instance);
        byte[] scratch = [];
        foreach (var patch in patches)
        {
            var bytes = EncodedPatch.Encode(codec, patch.Pixels, patch.Validity, patch.Labels, ref scratch);
            encoded.Add(patch.Info with { Checksum = bytes.Checksum }, bytes);
            statistics.Add(patch.Pixels, patch.Validity);
        }

        var parts = new DatasetParts { Description = description, Patches = [.. encoded.Keys], Fetch = info => encoded[info], Statistics = statistics };
        DatasetWriter.Assemble(folder, parts, progress: null, CancellationToken.None);
        return Dataset.Open(folder);
    }
}
