using System.Runtime.ExceptionServices;

namespace SpectralEarth.Shards.Loading;

/// <summary>Goes through batches some way ahead of the reader and tells the system which patches will be read.</summary>
internal sealed class AnnouncedBatches(Dataset dataset, IEnumerable<int[]> batches) : IDisposable
{
    private const int PatchesAhead = 64;

    private readonly IEnumerator<int[]> source = batches.GetEnumerator();
    private readonly Queue<int[]> ahead = new();
    private ExceptionDispatchInfo? error;

    /// <summary>The next batch, or null after the last one; what the source throws comes after the batches before it.</summary>
    public int[]? Next()
    {
        if (ahead.Count == 0 && error is null)
            GoAhead();
        if (ahead.TryDequeue(out var next))
            return next;
        error?.Throw();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    /// <summary>Draws some dozen patches at once, so that they can be announced in the order of the disk.</summary>
    private void GoAhead()
    {
        var announced = new List<int>();
        try
        {
            while (announced.Count < PatchesAhead && source.MoveNext())
            {
                ahead.Enqueue(source.Current);
                announced.AddRange(source.Current);
            }
        }
        catch (Exception e)
        {
            error = ExceptionDispatchInfo.Capture(e);
        }

        dataset.Announce(announced.ToArray());
    }
}
