using SpectralEarth.Testing;
using SpectralEarth.Tiling.Importing;

namespace SpectralEarth.Tests.Tiling.Importing;

/// <summary>What imports in tests have in common.</summary>
internal static class ImportFiles
{
    /// <summary>Imports from the folder "in" into "out".</summary>
    internal static ImportOptions Options(TemporaryFolder folder, PatchLayout layout) => new()
    {
        Layout = layout,
        Folder = folder.File("in"),
        Output = folder.File("out"),
        PatchSize = PublishedFiles.Side,
        PatchesPerShard = 4,
    };

    /// <summary>Writes lists of a split.</summary>
    internal static void WriteLists(string folder, string ending, Dictionary<string, string> lists)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in lists)
            File.WriteAllText(Path.Combine(folder, name + ending), text);
    }
}
