using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Products;

/// <summary>The files among which those of a product lie: a folder or an archive.</summary>
internal abstract class FileSet : IDisposable
{
    /// <summary>Path of the folder or archive, for messages.</summary>
    internal abstract string Place { get; }

    /// <summary>Paths of the files inside, with slashes.</summary>
    internal abstract IReadOnlyList<string> Names { get; }

    /// <summary>Opens one of the files, for as long as the set is open.</summary>
    /// <exception cref="SceneException">It cannot be read.</exception>
    internal abstract ByteSource Open(string name);

    /// <inheritdoc/>
    public abstract void Dispose();
}
