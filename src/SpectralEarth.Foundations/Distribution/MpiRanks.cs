using System.Runtime.InteropServices;

namespace SpectralEarth.Distribution;

/// <summary>All ranks of an MPI job (MPI_COMM_WORLD). One thread at a time may use it.</summary>
internal sealed unsafe class MpiRanks : IRankGroup
{
    private NcclRanks? onDevice;
    private bool left;

    /// <exception cref="DistributionException">Open MPI is not installed, or the ranks do not find each other.</exception>
    public MpiRanks()
    {
        Mpi.Load();
        Check(Mpi.InitThread(0, 0, Mpi.ThreadSerialized, out var provided), "MPI_Init_thread");
        if (provided < Mpi.ThreadSerialized)
            throw new DistributionException($"This Open MPI offers thread level {provided}; {Mpi.ThreadSerialized} (MPI_THREAD_SERIALIZED) is needed. Install Debian's libopenmpi3 or build Open MPI with threads.");
        // By default MPI ends the process on any error; here it becomes an exception.
        Check(Mpi.CommSetErrhandler(Mpi.World, Mpi.ErrorsReturn), "MPI_Comm_set_errhandler");
        Check(Mpi.CommRank(Mpi.World, out var rank), "MPI_Comm_rank");
        Check(Mpi.CommSize(Mpi.World, out var size), "MPI_Comm_size");
        (Rank, Size) = (rank, size);
        Check(Mpi.CommSplitType(Mpi.World, Mpi.TypeShared, rank, Mpi.NoInfo, out var machine), "MPI_Comm_split_type");
        Check(Mpi.CommRank(machine, out var localRank), "MPI_Comm_rank");
        Check(Mpi.CommSize(machine, out var localSize), "MPI_Comm_size");
        (LocalRank, LocalSize) = (localRank, localSize);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public int LocalRank { get; }

    /// <inheritdoc/>
    public int LocalSize { get; }

    /// <inheritdoc/>
    public void Barrier() => Check(Mpi.Barrier(Mpi.World), "MPI_Barrier");

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root = 0)
    {
        fixed (byte* start = bytes)
            Check(Mpi.Bcast(start, bytes.Length, Mpi.Byte, root, Mpi.World), "MPI_Bcast");
    }

    /// <inheritdoc/>
    public void Sum(Span<float> values) => Sum(values, Mpi.Float);

    /// <inheritdoc/>
    public void Sum(Span<double> values) => Sum(values, Mpi.Double);

    /// <inheritdoc/>
    public void Sum(Span<long> values) => Sum(values, Mpi.Int64);

    /// <inheritdoc/>
    public IPendingSum BeginSum(Span<float> values)
    {
        fixed (float* start = values)
        {
            Check(Mpi.BeginAllreduce(Mpi.InPlace, start, values.Length, Mpi.Float, Mpi.OperationSum, Mpi.World, out var request), "MPI_Iallreduce");
            return new PendingSum(this, request);
        }
    }

    /// <inheritdoc/>
    public IDeviceRanks OnDevice(int device)
    {
        onDevice ??= new NcclRanks(this, device);
        return onDevice.Device == device ? onDevice : throw new ArgumentException($"This rank works on GPU {onDevice.Device} already.", nameof(device));
    }

    /// <inheritdoc/>
    public void Abandon() => left = true;

    /// <summary>Leaves the group: returns when all ranks that live have left it.</summary>
    public void Dispose()
    {
        onDevice?.Leave(abandoned: left);
        onDevice = null;
        if (left)
            return;
        left = true;
        Check(Mpi.Finalize(), "MPI_Finalize");
    }

    private void Sum<T>(Span<T> values, nint type)
        where T : unmanaged
    {
        fixed (T* start = values)
            Check(Mpi.Allreduce(Mpi.InPlace, start, values.Length, type, Mpi.OperationSum, Mpi.World), "MPI_Allreduce");
    }

    private sealed class PendingSum(MpiRanks ranks, nint request) : IPendingSum
    {
        private nint request = request;

        public void Progress() => ranks.Check(Mpi.Test(ref request, out _, status: 0), "MPI_Test");

        public void Wait() => ranks.Check(Mpi.Wait(ref request, status: 0), "MPI_Wait");
    }

    private void Check(int status, string operation)
    {
        if (status == 0)
            return;
        var text = stackalloc byte[Mpi.MaximumErrorString];
        _ = Mpi.ErrorString(status, text, out var length);
        throw new DistributionException($"Rank {Rank} of {Size}: {operation} failed with status {status}: {Marshal.PtrToStringUTF8((nint)text, length)}. A rank may have ended: run the same command again.");
    }
}
