namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>What became of a cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Scores">Its scores; null if it failed.</param>
/// <param name="Failure">Why it failed, or null.</param>
/// <param name="WasFinished">True if it had been run before.</param>
public sealed record CellReport(BenchmarkCell Cell, CellScores? Scores, string? Failure, bool WasFinished);
