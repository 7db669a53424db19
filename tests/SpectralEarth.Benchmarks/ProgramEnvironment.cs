namespace SpectralEarth.Benchmarks;

/// <summary>What scripts/spectralearth sets before it starts the program, for processes that stand for it.</summary>
internal static class ProgramEnvironment
{
    internal const string AllocatorVariable = "GLIBC_TUNABLES", Allocator = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0";
}
