using System.Runtime.InteropServices;
using SpectralEarth.Distribution;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class RanksTests
{
    [Test]
    public void Without_a_launcher_a_process_is_alone_and_sums_change_nothing()
    {
        using var ranks = new SingleRank();
        float[] values = [1, 2];

        ranks.Sum(values);

        Assert.That((ranks.Rank, ranks.Size), Is.EqualTo((0, 1)));
        Assert.That(values, Is.EqualTo(new float[] { 1, 2 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ranks.Broadcast(new byte[1], root: 1));
    }

    [TestCase("", false)]
    [TestCase("OMPI_COMM_WORLD_SIZE=2", true)]
    [TestCase("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=4", true)]
    [TestCase("SLURM_NTASKS=4 SLURM_PROCID=0", false, Description = "a batch script's own process")]
    [TestCase("SLURM_STEP_NUM_TASKS=1", false)]
    [TestCase("PMI_SIZE=1", false)]
    public void A_launcher_is_known_by_its_variables(string variables, bool launched) =>
        Assert.That(Ranks.IsLaunched(name => Value(variables, name)), Is.EqualTo(launched));

    [TestCase("", false)]
    [TestCase("OMPI_COMM_WORLD_SIZE=1", true, Description = "mpirun gives one process a terminal of its own, too")]
    [TestCase("PMI_SIZE=2", true)]
    [TestCase("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=4", true)]
    [TestCase("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=1", false, Description = "a shell of srun --pty, where somebody watches")]
    public void A_launcher_that_passes_output_on_is_known_by_its_variables(string variables, bool passedOn) =>
        Assert.That(Ranks.IsOutputPassedOn(name => Value(variables, name)), Is.EqualTo(passedOn));

    [TestCase("SLURM_STEP_NUM_TASKS=4", "srun --mpi=pmix")]
    [TestCase("PMI_SIZE=2", "mpirun of Open MPI")]
    public void A_launcher_that_cannot_connect_the_ranks_is_refused(string variables, string advice)
    {
        var error = Assert.Throws<DistributionException>(() => Ranks.IsLaunched(name => Value(variables, name)))!;

        Assert.That(error.Message, Does.Contain(advice).And.Contain(variables.Replace("=", " is ")));
    }

    [TestCase("OMPI_COMM_WORLD_SIZE=2", true)]
    [TestCase("OMPI_COMM_WORLD_SIZE=2 OMPI_MCA_odls_base_sigkill_timeout=20", false)]
    [TestCase("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=4", false)]
    [TestCase("", false)]
    public void A_launcher_that_kills_soon_after_Ctrl_C_is_warned_of(string variables, bool warned) =>
        Assert.That(Ranks.AdviceOnStopping(name => Value(variables, name))?.Contains("--mca odls_base_sigkill_timeout 20", StringComparison.Ordinal) ?? false, Is.EqualTo(warned));

    [TestCase("OMPI_COMM_WORLD_SIZE=2", "mpirun started 2 processes, but finetune runs in one")]
    [TestCase("OMPI_COMM_WORLD_SIZE=1", null)]
    [TestCase("SLURM_STEP_NUM_TASKS=4 PMIX_RANK=0", null, Description = "each may have a job of its own")]
    [TestCase("", null)]
    public void Several_processes_of_a_verb_that_takes_one_are_warned_of(string variables, string? warning) =>
        Assert.That(Ranks.AdviceOnOneProcess("finetune", name => Value(variables, name)), warning is null ? Is.Null : Does.StartWith(warning));

    [TestCase(1)]
    [TestCase(3)]
    public void Collective_operations_reach_all_ranks(int size)
    {
        using var process = Mpirun.Start(size, [], ["dotnet", "exec", typeof(RankProgram).Assembly.Location]);
        var messages = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();

        var sum = size * (size + 1) / 2;
        var results = FormattableString.Invariant(
            $"floats {0.25 * sum}; doubles {sum} {0.5 * sum}; longs {sum} {long.MaxValue / 8 * size}; bytes {size} 7 {10 * size}; null seen");
        Assert.That(process.ExitCode, Is.Zero, messages.Result);
        Assert.That(lines, Is.EquivalentTo(Enumerable.Range(0, size).Select(rank => $"rank {rank} of {size}; {results}")), messages.Result);
    }

    [Test]
    public void Gpus_are_not_connected_without_their_libraries_and_every_rank_says_so()
    {
        var missing = new[] { "libcuda.so.1", "libnccl.so.2" }.FirstOrDefault(name => !NativeLibrary.TryLoad(name, out _));
        if (missing is null)
            Assert.Ignore("Skipped: this machine has NVIDIA's driver and NCCL.");

        using var process = Mpirun.Start(2, [], ["dotnet", "exec", typeof(RankProgram).Assembly.Location, RankProgram.ConnectGpus]);
        var messages = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.EqualTo(1), messages.Result);
        Assert.That(lines, Has.Some.StartsWith("rank 0: The ranks train on GPUs").And.Contains(missing).And.Contains("Install").And.Contains("set device to cpu"));
        Assert.That(lines, Has.Some.StartsWith("rank 1: Rank 0 of 2 failed: The ranks train on GPUs").And.Contains(missing));
    }

    private static string? Value(string variables, string name) =>
        variables.Split(' ').Select(one => one.Split('=')).FirstOrDefault(one => one[0] == name)?[1];
}
