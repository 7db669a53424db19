using SpectralEarth.Shards.Format;

namespace SpectralEarth.Shards.Verification;

/// <summary>Checks the catalog against dataset.yaml and in itself.</summary>
internal static class CatalogCheck
{
    public static void Run(DatasetManifest manifest, IReadOnlyList<PatchInfo> catalog, ProblemList problems)
    {
        if (catalog.Count != manifest.Patches)
            problems.Add(CatalogFile.FileName, $"{catalog.Count} rows, expected {manifest.Patches} of {ManifestFile.FileName}.");
        if (Fingerprint.Of(manifest, catalog) is var found && found != manifest.Fingerprint)
            problems.Add(CatalogFile.FileName, $"fingerprint {found}, expected {manifest.Fingerprint} of {ManifestFile.FileName}.");
        var next = new Dictionary<string, int>();
        for (var row = 0; row < catalog.Count; row++)
        {
            var info = catalog[row];
            if (row > 0 && DatasetWriter.InCatalogOrder(catalog[row - 1], info) is var order and >= 0)
                problems.Add(CatalogFile.FileName, row, info, order == 0 ? "the same patch as the row above." : "not in order; expected location, then time, then scene.");
            var expected = next.GetValueOrDefault(info.Shard);
            if (info.ShardRow != expected)
                problems.Add(CatalogFile.FileName, row, info, $"shard_row {info.ShardRow} of {info.Shard}, expected {expected}.");
            next[info.Shard] = expected + 1;
            if (info.Bytes.Labels < 0 != (manifest.Classes.Count == 0))
                problems.Add(CatalogFile.FileName, row, info, $"labels_offset {info.Bytes.Labels}, but {ManifestFile.FileName} has {manifest.Classes.Count} classes.");
        }
    }
}
