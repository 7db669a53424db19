using SpectralEarth.Storage;

namespace SpectralEarth.Testing;

/// <summary>All files of a folder, to copy it and to compare two folders byte for byte.</summary>
public static class FolderContent
{
    /// <summary>Relative names, sorted.</summary>
    public static IReadOnlyList<string> Names(string folder) =>
        [.. Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    /// <summary>Copies a folder with its folders, without lock files (*.lock).</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var name in Names(from).Where(name => !name.EndsWith(".lock", StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, name))!);
            File.Copy(Path.Combine(from, name), Path.Combine(to, name));
        }
    }

    /// <summary>Relative names and checksums.</summary>
    public static IReadOnlyList<string> Of(string folder) =>
        [.. Names(folder).Select(name => $"{name} {Checksum.ToText(Checksum.Of(File.ReadAllBytes(Path.Combine(folder, name))))}")];
}
