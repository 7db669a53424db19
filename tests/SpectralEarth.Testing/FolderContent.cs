using SpectralEarth.Storage;

namespace SpectralEarth.Testing;

/// <summary>All files of a folder, to compare two folders byte for byte.</summary>
public static class FolderContent
{
    /// <summary>Relative names, sorted.</summary>
    public static IReadOnlyList<string> Names(string folder) =>
        [.. Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    /// <summary>Relative names and checksums.</summary>
    public static IReadOnlyList<string> Of(string folder) =>
        [.. Names(folder).Select(name => $"{name} {Checksum.ToText(Checksum.Of(File.ReadAllBytes(Path.Combine(folder, name))))}")];
}
