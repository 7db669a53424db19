using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SpectralEarth.Shards.Format;

/// <summary>Announces reads to the kernel; only Linux has a call for it, elsewhere the system reads when asked.</summary>
internal static partial class ReadAhead
{
    private const int WillNeed = 3;    // POSIX_FADV_WILLNEED

    /// <summary>Has bytes of a file fetched into the page cache in the background.</summary>
    public static void Announce(SafeFileHandle file, long offset, long length)
    {
        // A hint: whether the kernel heeds it changes speed only, so its answer is not looked at.
        if (OperatingSystem.IsLinux() && length > 0)
            _ = Advise(file, offset, length, WillNeed);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
