using System.Runtime.ExceptionServices;

namespace SpectralEarth.Shards;

/// <summary>Work on many patches, or files of them, on all cores.</summary>
public static class ParallelPatches
{
    /// <summary>Runs <paramref name="work"/> for 0 to <paramref name="count"/> - 1; the first failure is thrown as it is.</summary>
    /// <param name="count">Number of patches or files.</param>
    /// <param name="work">Gets the number of the patch or file.</param>
    /// <param name="cancel">Stops between patches.</param>
    /// <param name="threads">Most threads; -1 for no limit.</param>
    public static void For(int count, Action<int> work, CancellationToken cancel, int threads = -1) =>
        For(count, () => 0, (index, _) => work(index), cancel, threads);

    /// <summary>The same with memory for each thread.</summary>
    /// <param name="count">Number of patches or files.</param>
    /// <param name="buffer">Makes the memory that a thread uses again and again.</param>
    /// <param name="work">Gets the number of the patch or file and the memory of its thread.</param>
    /// <param name="cancel">Stops between patches.</param>
    /// <param name="threads">Most threads; -1 for no limit.</param>
    public static void For<TBuffer>(int count, Func<TBuffer> buffer, Action<int, TBuffer> work, CancellationToken cancel, int threads = -1)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = threads }, buffer, (index, _, mine) =>
            {
                work(index, mine);
                return mine;
            }, _ => { });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
