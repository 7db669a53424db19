namespace SpectralEarth.Testing;

/// <summary>The checkout that the tests were built in.</summary>
public static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "SpectralEarth.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("SpectralEarth.sln is in none of the folders above the tests.");
        return folder.FullName;
    }
}
