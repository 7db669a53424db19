using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Products;

/// <summary>The files that lie in a folder itself.</summary>
/// <param name="folder">Full path.</param>
internal sealed class FolderFiles(string folder) : FileSet
{
    /// <inheritdoc/>
    internal override string Place => folder;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Names { get; } = [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)!)];

    /// <inheritdoc/>
    internal override ByteSource Open(string name) => FileSource.Open(Path.Combine(folder, name));

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
