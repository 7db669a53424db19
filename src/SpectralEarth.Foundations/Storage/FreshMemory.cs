using System.Runtime.InteropServices;

namespace SpectralEarth.Storage;

/// <summary>
/// Asks the kernel for huge pages under large memory that is about to be filled for the first time: handing it out in pages of
/// 4 KB can cost several times as much as copying the numbers, and every later look at one of them a search for its place.
/// </summary>
public static unsafe partial class FreshMemory
{
    private const int HugePageAdvice = 14;      // MADV_HUGEPAGE of madvise(2), from mman.h
    private const int WorthAsking = 1 << 21;    // one huge page

    /// <summary>An array of any content for <paramref name="length"/> elements on such pages.</summary>
    public static T[] Array<T>(int length)
        where T : unmanaged
    {
        var array = GC.AllocateUninitializedArray<T>(length);
        Expect(MemoryMarshal.AsBytes(array.AsSpan()));
        return array;
    }

    /// <summary>Advice only: where the kernel has no huge pages, or none to give, small ones come as before.</summary>
    /// <param name="memory">Pieces smaller than a huge page are left alone; larger arrays are not moved by the garbage collector.</param>
    public static void Expect(ReadOnlySpan<byte> memory)
    {
        if (memory.Length < WorthAsking || !OperatingSystem.IsLinux())
            return;
        fixed (byte* first = memory)
        {
            // Whole pages at both ends, so that pieces side by side become one range and huge pages cross from one to the next.
            var page = (nuint)Environment.SystemPageSize;
            var begin = (nuint)first / page * page;
            var end = ((nuint)first + (nuint)memory.Length + page - 1) / page * page;
            _ = Advise(begin, end - begin, HugePageAdvice);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
