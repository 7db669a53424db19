namespace SpectralEarth.Shards.Verification;

/// <summary>Outcome of checking a data set.</summary>
public sealed record VerifyReport
{
    /// <summary>Everything that is wrong, in order of files and rows; empty for a sound data set.</summary>
    public required IReadOnlyList<DatasetProblem> Problems { get; init; }
    /// <summary>Files that were read to the end.</summary>
    public required int Files { get; init; }
    /// <summary>Patches that were decoded and compared.</summary>
    public required int Patches { get; init; }
    /// <summary>Bytes of the files.</summary>
    public required long Bytes { get; init; }
    /// <summary>Duration, s.</summary>
    public required double Seconds { get; init; }
}

/// <summary>Something wrong in a data set.</summary>
/// <param name="File">File in the data set, with forward slashes.</param>
/// <param name="Row">0-based row of the file; null if it concerns the whole file.</param>
/// <param name="LocationId">Location of the patch; null if it concerns the whole file.</param>
/// <param name="SceneId">Scene of the patch; null if it concerns the whole file.</param>
/// <param name="What">What was found and expected.</param>
public sealed record DatasetProblem(string File, int? Row, string? LocationId, string? SceneId, string What)
{
    /// <summary>The problem as a sentence.</summary>
    public override string ToString() => Row is null ? $"{File}: {What}" : $"{File}: row {Row}, location {LocationId}, scene {SceneId}: {What}";
}

/// <summary>State of a check.</summary>
/// <param name="Patches">Patches checked.</param>
/// <param name="Total">Patches in the catalog.</param>
/// <param name="Problems">Problems found so far.</param>
public readonly record struct VerifyProgress(int Patches, int Total, int Problems);
