using System.Runtime.InteropServices;

namespace SpectralEarth.Training;

/// <summary>Settings of native libraries that training is slow without. Call both before the first tensor.</summary>
public static partial class NativeTuning
{
    // Parameters of mallopt(3), from malloc.h.
    private const int TrimThreshold = -1, MmapThreshold = -3, ArenaMax = -8, Never = -1;

    /// <summary>
    /// Keeps freed memory in the process, in one arena; on systems other than Linux with glibc nothing is done. By default glibc maps every
    /// large tensor freshly from the kernel and gives it back afterwards, so each step pays for faulting and clearing the same gigabytes
    /// of pages again.
    /// </summary>
    public static void TuneAllocator()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            // An arena of another thread cannot hold blocks above 64 MB and would map them after all: no new ones. Threads that have one
            // already keep it: train on the first thread, whose arena is the heap.
            _ = SetOption(ArenaMax, 1);
            _ = SetOption(MmapThreshold, int.MaxValue);
            _ = SetOption(TrimThreshold, Never);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without mallopt: steps may be slower.
        }
    }

    /// <summary>
    /// Has the tensor library's OpenMP threads sleep while they wait: sets OMP_WAIT_POLICY=passive unless the user set it. By default waiting
    /// threads spin: on a machine that is busy with anything else, a training step then takes two to four times as long.
    /// </summary>
    public static void WaitPassively()
    {
        // Environment.SetEnvironmentVariable does not reach native libraries on Unix.
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            _ = SetVariable("OMP_WAIT_POLICY", "passive", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
