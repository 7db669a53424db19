using SpectralEarth.Tasks.Finetuning;

namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>What became of a cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Result">Its outcome, with scores of the test or else of the validation; null if it failed.</param>
/// <param name="Failure">Why it failed, or null.</param>
/// <param name="WasFinished">True if it had been run before.</param>
public sealed record CellReport(BenchmarkCell Cell, FinetuneResult? Result, string? Failure, bool WasFinished);
