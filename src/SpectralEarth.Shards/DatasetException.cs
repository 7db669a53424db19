namespace SpectralEarth.Shards;

/// <summary>A data set, shard or catalog that cannot be used; the message names file, patch, value found and expected.</summary>
public sealed class DatasetException(string message, Exception? innerException = null) : IOException(message, innerException)
{
    /// <summary>What was found wrong, without file, patch and advice; null where the message says no more.</summary>
    public string? Found { get; init; }
}
