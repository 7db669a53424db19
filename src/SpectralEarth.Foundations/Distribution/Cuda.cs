using System.Runtime.InteropServices;

namespace SpectralEarth.Distribution;

/// <summary>
/// The functions of CUDA's driver that are used here (https://docs.nvidia.com/cuda/cuda-driver-api/). Not those of its runtime:
/// libtorch brings that under a name that changes with every version (libcudart-c3a75b33.so.12), the driver's stays.
/// </summary>
internal static partial class Cuda
{
    /// <summary>CU_STREAM_LEGACY: the default stream of the current context, to which libtorch gives its work.</summary>
    public const nint DefaultStream = 1;
    /// <summary>CU_STREAM_NON_BLOCKING: neither waits for the default stream nor is waited for by it.</summary>
    public const uint StreamNonBlocking = 1;
    /// <summary>CU_EVENT_DISABLE_TIMING.</summary>
    public const uint EventDisableTiming = 2;
    /// <summary>CUDA_ERROR_NOT_READY.</summary>
    public const int NotReady = 600;

    private const string Library = "libcuda.so.1";

    /// <exception cref="DistributionException">The library is not installed.</exception>
    public static void Load()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            throw new DistributionException($"The ranks train on GPUs, but the library {Library} of NVIDIA's driver cannot be loaded. Install the driver on every node, or set device to cpu.");
    }

    [LibraryImport(Library, EntryPoint = "cuInit")]
    public static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    public static partial int DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    public static partial int PrimaryContextRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial int PrimaryContextRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxPushCurrent_v2")]
    public static partial int ContextPush(nint context);

    [LibraryImport(Library, EntryPoint = "cuCtxPopCurrent_v2")]
    public static partial int ContextPop(out nint context);

    [LibraryImport(Library, EntryPoint = "cuStreamCreate")]
    public static partial int StreamCreate(out nint stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    public static partial int StreamDestroy(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamWaitEvent")]
    public static partial int StreamWaitEvent(nint stream, nint signal, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventCreate")]
    public static partial int EventCreate(out nint signal, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial int EventDestroy(nint signal);

    [LibraryImport(Library, EntryPoint = "cuEventRecord")]
    public static partial int EventRecord(nint signal, nint stream);

    [LibraryImport(Library, EntryPoint = "cuEventQuery")]
    public static partial int EventQuery(nint signal);

    [LibraryImport(Library, EntryPoint = "cuGetErrorString")]
    public static partial int GetErrorString(int status, out nint text);
}
