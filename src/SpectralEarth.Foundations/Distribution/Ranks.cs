namespace SpectralEarth.Distribution;

/// <summary>Finds out whether a launcher started this process as one of several.</summary>
public static class Ranks
{
    private const string KillDelay = "odls_base_sigkill_timeout";

    /// <summary>
    /// The group that this process was started in by <c>mpirun</c> or <c>srun --mpi=pmix</c>; without a launcher a group of
    /// one, for which no MPI library is needed or loaded. Dispose the group in the thread that joined it.
    /// </summary>
    /// <exception cref="DistributionException">A launcher started several processes, but they cannot reach each other.</exception>
    public static IRankGroup Join() => IsLaunched(Environment.GetEnvironmentVariable) ? new MpiRanks() : new SingleRank();

    /// <summary>
    /// True if a launcher started this process as one of several (Open MPI: also of one) and passes its output on. Open MPI's makes that
    /// look like a terminal, whether or not anybody watches.
    /// </summary>
    public static bool IsOutputPassedOn() => IsOutputPassedOn(Environment.GetEnvironmentVariable);

    /// <summary>What to tell the user of a launcher that would kill this process before it has stopped in good order; null where none does.</summary>
    public static string? AdviceOnStopping() => AdviceOnStopping(Environment.GetEnvironmentVariable);

    /// <summary>What to tell the user of a verb that runs in one process, of which <c>mpirun</c> started several; null where it did not.</summary>
    /// <param name="verb">Name of the verb.</param>
    public static string? AdviceOnOneProcess(string verb) => AdviceOnOneProcess(verb, Environment.GetEnvironmentVariable);

    internal static bool IsOutputPassedOn(Func<string, string?> variable) =>
        Number(variable, "OMPI_COMM_WORLD_SIZE") is not null || Number(variable, "PMI_SIZE") > 1 || Number(variable, "SLURM_STEP_NUM_TASKS") > 1;

    /// <summary>Of <c>mpirun</c> only: under <c>srun</c> several processes of one step may well have a job each.</summary>
    internal static string? AdviceOnOneProcess(string verb, Func<string, string?> variable) =>
        variable("OMPI_COMM_WORLD_SIZE") is { } size and not "1"
            ? $"mpirun started {size} processes, but {verb} runs in one: each does the whole job, and they get in each other's way. Only tile and pretrain share their work; start {verb} without mpirun."
            : null;

    /// <summary>Open MPI hands its options on as variables (PRRTE, its launcher since version 5, under another prefix).</summary>
    internal static string? AdviceOnStopping(Func<string, string?> variable) =>
        variable("OMPI_COMM_WORLD_SIZE") is null || variable("OMPI_MCA_" + KillDelay) is not null || variable("PRTE_MCA_" + KillDelay) is not null
            ? null
            : $"mpirun kills all ranks one second after Ctrl-C or SIGTERM, most likely before a checkpoint is written. To stop in good order start it with --mca {KillDelay} 20 (seconds for a step and a checkpoint; it waits as long before it tells the ranks, and twice as long before it ends after an error).";

    /// <summary>True if the variables of the environment tell that Open MPI can connect this process with others.</summary>
    /// <exception cref="DistributionException">There are others, but Open MPI cannot reach them.</exception>
    internal static bool IsLaunched(Func<string, string?> variable)
    {
        if (Number(variable, "OMPI_COMM_WORLD_SIZE") is not null || Number(variable, "PMIX_RANK") is not null)
            return true;
        // SLURM_NTASKS is also set in the batch script itself, where one process runs alone.
        if (Number(variable, "SLURM_STEP_NUM_TASKS") is { } tasks and > 1)
            throw new DistributionException($"srun started {tasks} processes that do not know of each other (SLURM_STEP_NUM_TASKS is {tasks}, PMIX_RANK is not set). Start them with srun --mpi=pmix; srun --mpi=list must name pmix.");
        if (Number(variable, "PMI_SIZE") is { } size and > 1)
            throw new DistributionException($"A launcher other than Open MPI's started {size} processes (PMI_SIZE is {size}). Start them with mpirun of Open MPI, or with srun --mpi=pmix.");
        return false;
    }

    private static int? Number(Func<string, string?> variable, string name) =>
        int.TryParse(variable(name), System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : null;
}
