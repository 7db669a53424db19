using System.Runtime.InteropServices;

namespace SpectralEarth.Distribution;

/// <summary>
/// A stream of a GPU beside its default stream, and the order of the work in both. A stream of the kind that CUDA orders by
/// itself would be right too, but there the default stream, and with it the backward pass, stands still meanwhile.
/// </summary>
internal sealed class DeviceStream : IDisposable
{
    private readonly int device;
    private readonly nint context;
    private readonly nint given;
    private readonly nint done;

    /// <param name="ordinal">Number of the GPU among those that this process sees, as in libtorch.</param>
    /// <exception cref="DistributionException">The driver refuses.</exception>
    public DeviceStream(int ordinal)
    {
        Ordinal = ordinal;
        Check(Cuda.Init(0), "cuInit");
        Check(Cuda.DeviceGet(out device, ordinal), "cuDeviceGet");
        Check(Cuda.PrimaryContextRetain(out context, device), "cuDevicePrimaryCtxRetain");
        using var current = MakeCurrent();
        Check(Cuda.StreamCreate(out var stream, Cuda.StreamNonBlocking), "cuStreamCreate");
        Handle = stream;
        Check(Cuda.EventCreate(out given, Cuda.EventDisableTiming), "cuEventCreate");
        Check(Cuda.EventCreate(out done, Cuda.EventDisableTiming), "cuEventCreate");
    }

    /// <summary>Number of the GPU.</summary>
    public int Ordinal { get; }

    /// <summary>CUstream, which is cudaStream_t too.</summary>
    public nint Handle { get; }

    /// <summary>True once the work has been done that was in the stream at the last <see cref="Precede"/>.</summary>
    public bool IsDone
    {
        get
        {
            using var current = MakeCurrent();
            var status = Cuda.EventQuery(done);
            if (status != Cuda.NotReady)
                Check(status, "cuEventQuery");
            return status != Cuda.NotReady;
        }
    }

    /// <summary>
    /// Makes the GPU that of this thread until the result is disposed. libtorch leaves each thread the first GPU and sets
    /// its own for single operations only; its backward pass runs in threads of its own.
    /// </summary>
    public IDisposable MakeCurrent()
    {
        Check(Cuda.ContextPush(context), "cuCtxPushCurrent");
        return new Current(this);
    }

    /// <summary>Work given to this stream from now on waits for what the default stream has been given.</summary>
    public void Follow() => Order(Cuda.DefaultStream, given, Handle);

    /// <summary>Work given to the default stream from now on waits for what this stream has been given.</summary>
    public void Precede() => Order(Handle, done, Cuda.DefaultStream);

    /// <inheritdoc/>
    public void Dispose()
    {
        using (MakeCurrent())
        {
            Check(Cuda.EventDestroy(given), "cuEventDestroy");
            Check(Cuda.EventDestroy(done), "cuEventDestroy");
            Check(Cuda.StreamDestroy(Handle), "cuStreamDestroy");
        }

        Check(Cuda.PrimaryContextRelease(device), "cuDevicePrimaryCtxRelease");
    }

    private void Order(nint first, nint signal, nint second)
    {
        Check(Cuda.EventRecord(signal, first), "cuEventRecord");
        Check(Cuda.StreamWaitEvent(second, signal, flags: 0), "cuStreamWaitEvent");
    }

    private void Check(int status, string operation)
    {
        if (status == 0)
            return;
        _ = Cuda.GetErrorString(status, out var text);
        throw new DistributionException($"GPU {Ordinal}: {operation} failed with status {status}: {Marshal.PtrToStringUTF8(text)}. Run the same command again; if it fails again, look at the GPU with nvidia-smi.");
    }

    private sealed class Current(DeviceStream stream) : IDisposable
    {
        public void Dispose() => stream.Check(Cuda.ContextPop(out _), "cuCtxPopCurrent");
    }
}
