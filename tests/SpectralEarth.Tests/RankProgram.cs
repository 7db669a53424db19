using System.Globalization;
using System.Runtime.InteropServices;
using SpectralEarth.Distribution;

namespace SpectralEarth.Tests;

/// <summary>
/// What <see cref="Foundations.RanksTests"/> starts under mpirun: this test assembly as a program. Prints a line per rank
/// with the results of every collective operation.
/// </summary>
internal static class RankProgram
{
    public const int LargeCount = 300_000;

    /// <summary>Argument with which the program connects GPUs and prints a line with the reason if it cannot.</summary>
    public const string ConnectGpus = "gpus";

    private static int Main(string[] arguments)
    {
        using var ranks = Ranks.Join();
        if (arguments.Contains(ConnectGpus))
            return Connect(ranks);
        var from = ranks.Rank + 1;
        double[] doubles = [from, 0.5 * from];
        long[] longs = [from, long.MaxValue / 8];
        byte[] bytes = [(byte)from, 7, (byte)(10 * from)];
        ranks.Sum(doubles);
        ranks.Sum(longs);
        ranks.Sum(Span<long>.Empty);
        ranks.Broadcast(bytes, root: ranks.Size - 1);
        ranks.Barrier();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"rank {ranks.Rank} of {ranks.Size}; floats {NativeSum(ranks)}; doubles {doubles[0]} {doubles[1]}; longs {longs[0]} {longs[1]}; bytes {bytes[0]} {bytes[1]} {bytes[2]}; {NullReference()}"));
        return 0;
    }

    private static int Connect(IRankGroup ranks)
    {
        try
        {
            ranks.OnDevice(ranks.LocalRank);
            return 0;
        }
        catch (DistributionException e)
        {
            Console.WriteLine($"rank {ranks.Rank}: {e.Message}");
            return 1;
        }
    }

    /// <summary>Sums floats in native memory, as gradients are; all must be equal.</summary>
    private static unsafe float NativeSum(IRankGroup ranks)
    {
        var memory = (float*)NativeMemory.Alloc(LargeCount, sizeof(float));
        var values = new Span<float>(memory, LargeCount);
        values.Fill(0.25f * (ranks.Rank + 1));
        ranks.Sum(values);
        var first = values[0];
        var equal = values.IndexOfAnyExcept(first) < 0;
        NativeMemory.Free(memory);
        return equal ? first : float.NaN;
    }

    /// <summary>MPI must leave the runtime's signal handlers in place, which turn a bad read into an exception.</summary>
    private static string NullReference()
    {
        try
        {
            return Length(null!).ToString(CultureInfo.InvariantCulture);
        }
        catch (NullReferenceException)
        {
            return "null seen";
        }

        static int Length(string text) => text.Length;
    }
}
