using System.Runtime.InteropServices;

namespace SpectralEarth.Distribution;

/// <summary>All ranks of a group, with a GPU each, connected by NCCL. One thread at a time may use it.</summary>
internal sealed class NcclRanks : IDeviceRanks
{
    private readonly IRankGroup ranks;
    private readonly DeviceStream stream;
    private readonly nint communicator;

    /// <summary>Connects the ranks, all of which call this.</summary>
    /// <param name="ranks">The ranks, which pass each other the communicator's number; stay their owner's.</param>
    /// <param name="device">Number of this rank's GPU among those that its process sees.</param>
    /// <exception cref="DistributionException">A library is missing in this rank or another, two ranks have the same GPU, or they cannot reach each other.</exception>
    public NcclRanks(IRankGroup ranks, int device)
    {
        this.ranks = ranks;
        Nccl.UniqueId id = default;
        DeviceStream? made = null;
        ranks.Together(() =>
        {
            Cuda.Load();
            Nccl.Load();
            made = new DeviceStream(device);
            if (ranks.Rank == 0)
                Check(Nccl.GetUniqueId(out id), "ncclGetUniqueId");
        });
        stream = made!;
        ranks.Broadcast(MemoryMarshal.AsBytes(new Span<Nccl.UniqueId>(ref id)));
        using var current = stream.MakeCurrent();
        Check(Nccl.CommInitRank(out communicator, ranks.Size, id, ranks.Rank), "ncclCommInitRank");
    }

    /// <summary>Number of this rank's GPU.</summary>
    public int Device => stream.Ordinal;

    /// <inheritdoc/>
    public IPendingSum BeginSum(nint start, long count, DeviceNumber number)
    {
        using var current = stream.MakeCurrent();
        Begin(start, count, number);
        return new PendingSum(this);
    }

    /// <inheritdoc/>
    public void Sum(nint start, long count, DeviceNumber number)
    {
        using var current = stream.MakeCurrent();
        Begin(start, count, number);
        stream.Precede();
    }

    /// <inheritdoc/>
    public void Broadcast(nint start, long bytes, int root)
    {
        using var current = stream.MakeCurrent();
        CheckConnection();
        stream.Follow();
        Check(Nccl.Broadcast(start, start, (nuint)bytes, Nccl.Byte, root, communicator, stream.Handle), "ncclBroadcast");
        stream.Precede();
    }

    /// <summary>Leaves the group.</summary>
    /// <param name="abandoned">A rank has failed: what still goes on is broken off, and no rank is waited for.</param>
    public void Leave(bool abandoned)
    {
        if (abandoned)
        {
            _ = Nccl.CommAbort(communicator);       // an exception from here would hide the one that ends the program
            return;
        }

        using (stream.MakeCurrent())
            Check(Nccl.CommDestroy(communicator), "ncclCommDestroy");
        stream.Dispose();
    }

    private void Begin(nint start, long count, DeviceNumber number)
    {
        CheckConnection();
        stream.Follow();
        var type = number == DeviceNumber.FourBytes ? Nccl.Float32 : Nccl.Float64;
        Check(Nccl.AllReduce(start, start, (nuint)count, type, Nccl.OperationSum, communicator, stream.Handle), "ncclAllReduce");
    }

    /// <summary>Errors of the network come to light later than the call that they break.</summary>
    private void CheckConnection()
    {
        Check(Nccl.CommGetAsyncError(communicator, out var status), "ncclCommGetAsyncError");
        Check(status, "an earlier operation of NCCL");
    }

    private void Check(int status, string operation)
    {
        if (status == 0)
            return;
        var advice = status == Nccl.InvalidUsage
            ? "Each rank needs a GPU of its own: start at most as many ranks on a machine as it has GPUs."
            : "Run the same command again, with NCCL_DEBUG=INFO in the environment to learn more.";
        throw new DistributionException($"Rank {ranks.Rank} of {ranks.Size}: {operation} failed with status {status}: {Marshal.PtrToStringUTF8(Nccl.GetErrorString(status))} ({Marshal.PtrToStringUTF8(Nccl.GetLastError(communicator))}). {advice}");
    }

    private sealed class PendingSum(NcclRanks ranks) : IPendingSum
    {
        public void Progress()
        {
            // The GPU goes on by itself.
        }

        /// <summary>Looks at the connection while it waits: a sum whose network has failed never ends.</summary>
        public void Wait()
        {
            using var current = ranks.stream.MakeCurrent();
            ranks.stream.Precede();
            while (!ranks.stream.IsDone)
            {
                ranks.CheckConnection();
                Thread.Yield();
            }
        }
    }
}
