using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>
/// Keeps the indexes of the gzip'd archives opened last: an order archive holds many products, and each would have the
/// whole file unpacked anew.
/// </summary>
internal static class GzipIndexes
{
    private const long BudgetBytes = 128L << 20;

    private static readonly Lock Gate = new();
    private static readonly LinkedList<(Key Key, InflatedSource Source)> Kept = [];

    /// <summary>Opens a gzip file, which is read once to its end unless it is known.</summary>
    /// <param name="place">Path, for recognising it.</param>
    /// <param name="stored">The packed file.</param>
    /// <exception cref="SceneException">Damaged or too large.</exception>
    internal static InflatedSource Open(string place, ByteSource stored)
    {
        if (!File.Exists(place)) // inside another archive
            return InflatedSource.OfGzip(stored.Name, stored);
        var key = new Key(Path.GetFullPath(place), stored.Length, File.GetLastWriteTimeUtc(place));
        lock (Gate)
        {
            for (var node = Kept.First; node is not null; node = node.Next)
            {
                if (node.Value.Key != key)
                    continue;
                Kept.Remove(node);
                Kept.AddFirst(node);
                return node.Value.Source.Reopened(stored);
            }
        }

        var source = InflatedSource.OfGzip(stored.Name, stored);
        lock (Gate)
        {
            Kept.AddFirst((key, source.Reopened(stored)));
            while (Kept.Count > 1 && Kept.Sum(one => one.Source.IndexBytes) > BudgetBytes)
                Kept.RemoveLast();
        }

        return source;
    }

    private sealed record Key(string Path, long Length, DateTime Written);
}
