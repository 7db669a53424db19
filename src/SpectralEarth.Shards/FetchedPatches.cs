using System.Collections.Concurrent;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Shards;

/// <summary>Fetches encoded patches in another thread, some ahead of the one that writes them.</summary>
internal static class FetchedPatches
{
    private const int Ahead = 8;

    /// <summary>Patches in the order of <paramref name="rows"/>.</summary>
    /// <param name="rows">What to fetch.</param>
    /// <param name="fetch">Fetches one; called by one other thread.</param>
    /// <param name="written">Told the number of the patch that is given out next; in the caller's thread.</param>
    /// <param name="cancel">Stops between patches.</param>
    public static IEnumerable<(PatchInfo Info, EncodedPatch Patch)> Of(
        ReadOnlyMemory<PatchInfo> rows, Func<PatchInfo, EncodedPatch> fetch, Action<int> written, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var ahead = new BlockingCollection<EncodedPatch>(Ahead);
        var fetching = Task.Run(() => Fetch(rows, fetch, ahead, stop.Token), CancellationToken.None);
        try
        {
            for (var row = 0; row < rows.Length; row++)
            {
                if (!ahead.TryTake(out var patch, Timeout.Infinite, CancellationToken.None))
                    break;
                written(row);
                yield return (rows.Span[row], patch);
            }

            fetching.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            // The sources of the patches must not be closed under the thread that reads them.
            ((IAsyncResult)fetching).AsyncWaitHandle.WaitOne();
        }
    }

    private static void Fetch(ReadOnlyMemory<PatchInfo> rows, Func<PatchInfo, EncodedPatch> fetch, BlockingCollection<EncodedPatch> ahead, CancellationToken cancel)
    {
        try
        {
            foreach (var info in rows.Span)
                ahead.Add(fetch(info), cancel);
        }
        finally
        {
            ahead.CompleteAdding();
        }
    }
}
