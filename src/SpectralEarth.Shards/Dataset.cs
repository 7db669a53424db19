namespace SpectralEarth.Shards;

/// <summary>A patch data set on disk: dataset.yaml, catalog.parquet and shards. Safe to read from several threads.</summary>
public sealed class Dataset
{
    /// <summary>Opens a data set folder; reads the manifest and the catalog, no pixels.</summary>
    /// <exception cref="DatasetException">Not a data set, unfinished, of a newer format, or manifest and catalog disagree.</exception>
    public static Dataset Open(string path) => throw new NotImplementedException();

    /// <summary>Folder of the data set.</summary>
    public string Path => throw new NotImplementedException();

    /// <summary>Contents of dataset.yaml.</summary>
    public DatasetManifest Manifest => throw new NotImplementedException();

    /// <summary>All patches, sorted by location id, then time.</summary>
    public IReadOnlyList<PatchInfo> Catalog => throw new NotImplementedException();

    /// <summary>Reads, decodes and verifies one patch.</summary>
    /// <exception cref="DatasetException">The shard is missing or damaged; the message names shard, location and scene.</exception>
    public Patch Read(int index) => throw new NotImplementedException();
}
