namespace SpectralEarth.Tiling;

/// <summary>What tells, without reading them, that files were replaced, came or went.</summary>
internal static class FileState
{
    /// <summary>Lengths and times of files, in the given order.</summary>
    public static string Of(IEnumerable<string> paths) => string.Join(' ', paths.Select(path => new FileInfo(path)).Select(
        file => file.Exists ? FormattableString.Invariant($"{file.Length} {file.LastWriteTimeUtc.Ticks}") : "missing"));
}
