using System.Runtime.InteropServices;

namespace SpectralEarth.Training;

/// <summary>
/// Tunes the C library's allocator for training. By default glibc maps every large tensor freshly from the kernel and
/// gives it back afterwards, so each step pays for faulting and clearing the same gigabytes of pages again.
/// </summary>
public static partial class NativeMemory
{
    // Parameters of mallopt(3), from malloc.h.
    private const int TrimThreshold = -1, MmapThreshold = -3, ArenaMax = -8, Never = -1;

    /// <summary>Keeps freed memory in the process, in one arena. Call once, before the first tensor.</summary>
    /// <returns>What was done, for the log; on systems other than Linux with glibc nothing is done.</returns>
    public static string TuneAllocator()
    {
        if (!OperatingSystem.IsLinux())
            return "Native allocator left as it is: only glibc on Linux needs tuning.";
        try
        {
            // An arena of another thread cannot hold blocks above 64 MB and would map them after all: no new ones. Threads that have one
            // already keep it: train on the first thread, whose arena is the heap.
            var done = SetOption(ArenaMax, 1) == 1
                && SetOption(MmapThreshold, int.MaxValue) == 1
                && SetOption(TrimThreshold, Never) == 1;
            return done
                ? "Native allocator keeps freed memory (glibc: one arena, no trimming, mmap threshold of 2 GiB)."
                : "Native allocator refused its options (mallopt returned 0); steps may be slower.";
        }
        catch (EntryPointNotFoundException)
        {
            return "Native allocator left as it is: this C library has no mallopt.";
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
