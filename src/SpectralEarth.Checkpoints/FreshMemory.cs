using System.Runtime.InteropServices;
using SpectralEarth.Checkpoints.SafeTensors;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>
/// Asks the kernel for huge pages under tensors that are about to be filled for the first time: handing out 1.2 GB in pages of
/// 4 KB costs several times as much as copying the numbers.
/// </summary>
internal static unsafe partial class FreshMemory
{
    private const int HugePageAdvice = 14;      // MADV_HUGEPAGE of madvise(2), from mman.h
    private const int WorthAsking = 1 << 21;    // one huge page

    /// <summary>Advice only: where the kernel has no huge pages, or none to give, small ones come as before.</summary>
    internal static void Expect(Tensor tensor)
    {
        if (!OperatingSystem.IsLinux())
            return;
        TensorBytes.ForEachPart(tensor, part =>
        {
            if (part.Length < WorthAsking)
                return;
            fixed (byte* first = part)
            {
                // Whole pages at both ends, so that tensors side by side become one range and huge pages cross from one to the next.
                var page = (nuint)Environment.SystemPageSize;
                var begin = (nuint)first / page * page;
                var end = ((nuint)first + (nuint)part.Length + page - 1) / page * page;
                _ = Advise(begin, end - begin, HugePageAdvice);
            }
        });
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
