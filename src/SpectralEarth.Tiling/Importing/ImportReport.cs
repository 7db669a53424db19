using SpectralEarth.Scenes;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Importing;

/// <summary>What an import did.</summary>
/// <param name="Patches">Patches in the data set.</param>
/// <param name="Rejected">Files that could not be used, with their reasons.</param>
/// <param name="UnknownCodes">Label codes of no class of the task, whose pixels are unlabelled now; the most frequent first.</param>
/// <param name="WasFinished">True if nothing was left to do.</param>
public sealed record ImportReport(int Patches, IReadOnlyList<RejectedScene> Rejected, IReadOnlyList<CodeCount> UnknownCodes, bool WasFinished);
