using System.Text;

namespace SpectralEarth.Distribution;

/// <summary>Decisions that all ranks must take alike.</summary>
public static class Agreement
{
    private const int LongestMessage = 4096;

    /// <summary>True on all ranks if <paramref name="here"/> is true on any.</summary>
    public static bool Any(this IRankGroup ranks, bool here)
    {
        if (ranks.Size == 1)
            return here;
        long[] count = [here ? 1 : 0];
        ranks.Sum(count);
        return count[0] > 0;
    }

    /// <summary>The number that rank 0 has, on all ranks.</summary>
    public static long OfFirst(this IRankGroup ranks, long value)
    {
        var bytes = BitConverter.GetBytes(value);
        ranks.Broadcast(bytes);
        return BitConverter.ToInt64(bytes);
    }

    /// <summary>
    /// Runs an action that uses no collective operations on every rank. If it fails on one or more, it fails on all: the first of
    /// these throws its own exception, the others <see cref="OtherRankException"/>.
    /// </summary>
    public static void Together(this IRankGroup ranks, Action action)
    {
        Exception? failure = null;
        try
        {
            action();
        }
        catch (Exception e) when (ranks.Size > 1)
        {
            failure = e;                // thrown below, when all ranks know of it
        }

        if (ranks.Size == 1)
            return;
        var failed = new long[ranks.Size];
        failed[ranks.Rank] = failure is null ? 0 : 1;
        ranks.Sum(failed);
        var first = Array.FindIndex(failed, one => one > 0);
        if (first < 0)
            return;
        var text = new byte[LongestMessage];
        Encoding.UTF8.GetEncoder().Convert(failure?.Message ?? "", text, flush: true, out _, out _, out _);
        ranks.Broadcast(text, first);
        if (failure is not null && ranks.Rank == first)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        throw new OtherRankException(first, ranks.Size, Encoding.UTF8.GetString(text).TrimEnd('\0'));
    }
}
