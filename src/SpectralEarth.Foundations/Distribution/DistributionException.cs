namespace SpectralEarth.Distribution;

/// <summary>The processes of a job cannot work together.</summary>
public class DistributionException(string message) : IOException(message);

/// <summary>Another rank failed and told the user; this one ends with it.</summary>
/// <param name="rank">The rank that failed.</param>
/// <param name="size">Number of ranks.</param>
/// <param name="reason">What it said.</param>
public sealed class OtherRankException(int rank, int size, string reason) : DistributionException($"Rank {rank} of {size} failed: {reason}");
