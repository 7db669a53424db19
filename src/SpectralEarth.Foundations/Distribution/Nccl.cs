using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SpectralEarth.Distribution;

/// <summary>The functions of NCCL 2.13 or later that are used here (https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/api.html, nccl.h).</summary>
internal static partial class Nccl
{
    /// <summary>Values of ncclDataType_t.</summary>
    public const int Byte = 1, Float32 = 7, Float64 = 8;
    /// <summary>ncclSum of ncclRedOp_t.</summary>
    public const int OperationSum = 0;
    /// <summary>ncclInvalidUsage of ncclResult_t.</summary>
    public const int InvalidUsage = 5;

    private const string Library = "libnccl.so.2";

    /// <exception cref="DistributionException">The library is not installed.</exception>
    public static void Load()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            throw new DistributionException($"The ranks train on GPUs, but NVIDIA's library {Library}, which connects these, cannot be loaded; TorchSharp's packages do not bring it. Install it on every node (package libnccl2 of NVIDIA's repository), or name its folder in LD_LIBRARY_PATH, or set device to cpu.");
    }

    [LibraryImport(Library, EntryPoint = "ncclGetUniqueId")]
    public static partial int GetUniqueId(out UniqueId id);

    [LibraryImport(Library, EntryPoint = "ncclCommInitRank")]
    public static partial int CommInitRank(out nint communicator, int size, UniqueId id, int rank);

    [LibraryImport(Library, EntryPoint = "ncclAllReduce")]
    public static partial int AllReduce(nint send, nint receive, nuint count, int type, int operation, nint communicator, nint stream);

    [LibraryImport(Library, EntryPoint = "ncclBroadcast")]
    public static partial int Broadcast(nint send, nint receive, nuint count, int type, int root, nint communicator, nint stream);

    [LibraryImport(Library, EntryPoint = "ncclCommGetAsyncError")]
    public static partial int CommGetAsyncError(nint communicator, out int status);

    [LibraryImport(Library, EntryPoint = "ncclCommAbort")]
    public static partial int CommAbort(nint communicator);

    [LibraryImport(Library, EntryPoint = "ncclCommDestroy")]
    public static partial int CommDestroy(nint communicator);

    [LibraryImport(Library, EntryPoint = "ncclGetErrorString")]
    public static partial nint GetErrorString(int status);

    [LibraryImport(Library, EntryPoint = "ncclGetLastError")]
    public static partial nint GetLastError(nint communicator);

    /// <summary>ncclUniqueId: by it the ranks of a communicator find each other.</summary>
    [InlineArray(128)]
    public struct UniqueId
    {
        private byte first;
    }
}
