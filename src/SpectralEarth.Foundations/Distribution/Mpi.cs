using System.Runtime.InteropServices;

namespace SpectralEarth.Distribution;

/// <summary>
/// The functions of Open MPI 4 and 5 that are used here, MPI 3.1 (https://www.mpi-forum.org/docs/mpi-3.1/mpi31-report.pdf).
/// Its handles are addresses of exported variables, so they are looked up by name; other MPI libraries number them.
/// </summary>
internal static unsafe partial class Mpi
{
    /// <summary>MPI_THREAD_SERIALIZED: several threads, one call at a time.</summary>
    public const int ThreadSerialized = 2;
    /// <summary>MPI_COMM_TYPE_SHARED: the ranks of one machine.</summary>
    public const int TypeShared = 0;
    /// <summary>OPAL_MAX_ERROR_STRING of mpi.h.</summary>
    public const int MaximumErrorString = 256;

    private const string Library = "libmpi.so.40";
    private const int LoadNow = 2, LoadGlobal = 0x100;

    private static nint library;

    /// <summary>MPI_IN_PLACE of mpi.h.</summary>
    public static void* InPlace => (void*)1;
    public static nint World => Handle("ompi_mpi_comm_world");
    public static nint ErrorsReturn => Handle("ompi_mpi_errors_return");
    public static nint NoInfo => Handle("ompi_mpi_info_null");
    public static nint Byte => Handle("ompi_mpi_byte");
    public static nint Float => Handle("ompi_mpi_float");
    public static nint Double => Handle("ompi_mpi_double");
    public static nint Int64 => Handle("ompi_mpi_int64_t");
    public static nint OperationSum => Handle("ompi_mpi_op_sum");

    /// <summary>Loads the library.</summary>
    /// <exception cref="DistributionException">It is not installed.</exception>
    public static void Load()
    {
        if (library != 0)
            return;
        // Its plug-ins look for its symbols in the whole process, which NativeLibrary.Load alone does not offer.
        if (!OperatingSystem.IsLinux() || Open(Library, LoadNow | LoadGlobal) == 0 || !NativeLibrary.TryLoad(Library, out library))
            throw new DistributionException($"This process was started by an MPI launcher, but Open MPI's library {Library} cannot be loaded. Install it on every node (Debian: apt-get install libopenmpi3), or start spectralearth without the launcher.");
    }

    [LibraryImport(Library, EntryPoint = "MPI_Init_thread")]
    public static partial int InitThread(nint argumentCount, nint arguments, int required, out int provided);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    public static partial int Finalize();

    [LibraryImport(Library, EntryPoint = "MPI_Comm_set_errhandler")]
    public static partial int CommSetErrhandler(nint communicator, nint handler);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    public static partial int CommRank(nint communicator, out int rank);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_size")]
    public static partial int CommSize(nint communicator, out int size);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_split_type")]
    public static partial int CommSplitType(nint communicator, int type, int key, nint info, out nint result);

    [LibraryImport(Library, EntryPoint = "MPI_Barrier")]
    public static partial int Barrier(nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Bcast")]
    public static partial int Bcast(void* buffer, int count, nint type, int root, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Allreduce")]
    public static partial int Allreduce(void* send, void* receive, int count, nint type, nint operation, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Iallreduce")]
    public static partial int BeginAllreduce(void* send, void* receive, int count, nint type, nint operation, nint communicator, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Test")]
    public static partial int Test(ref nint request, out int done, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Wait")]
    public static partial int Wait(ref nint request, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Error_string")]
    public static partial int ErrorString(int status, byte* text, out int length);

    private static nint Handle(string name) => NativeLibrary.GetExport(library, name);

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string name, int flags);
}
