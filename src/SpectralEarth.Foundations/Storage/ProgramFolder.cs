namespace SpectralEarth.Storage;

/// <summary>Finds the folders that travel with the program: <c>datasets</c> and <c>checkpoints</c>.</summary>
public static class ProgramFolder
{
    /// <summary>Environment variable that names the folder to look in, instead of the program's own.</summary>
    public const string HomeVariable = "SPECTRALEARTH_HOME";

    private static readonly string[] Travelling = ["datasets", "checkpoints"];

    /// <summary>
    /// The folder <paramref name="name"/> in <see cref="HomeVariable"/> where that is set, else beside the program, else
    /// in the source tree that the program was built in.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">It is in none of these places; the message lists them.</exception>
    public static string Find(string name)
    {
        var places = Places().Select(place => Path.Combine(place, name)).ToArray();
        return places.FirstOrDefault(Directory.Exists) ?? throw new DirectoryNotFoundException(
            $"The folder '{name}' is not at {string.Join(" or ", places)}. Install the program again, or set {HomeVariable} to the folder that holds '{name}'.");
    }

    /// <summary>
    /// A path as it was named; if nothing is there and it begins with <c>datasets/</c> or <c>checkpoints/</c>, the same below the program's folder
    /// where something is there, so that recipes and weights that travel with the program have one name everywhere.
    /// </summary>
    public static string Locate(string path)
    {
        if (Path.Exists(path) || !Travelling.Any(folder => path.StartsWith(folder + '/', StringComparison.Ordinal) || path.StartsWith(folder + Path.DirectorySeparatorChar)))
            return path;
        return Places().Select(place => Path.Combine(place, path)).FirstOrDefault(Path.Exists) ?? path;
    }

    private static IEnumerable<string> Places()
    {
        if (Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home)
            return [home];
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "SpectralEarth.sln")))
            root = root.Parent;
        return root is null ? [AppContext.BaseDirectory] : [AppContext.BaseDirectory, root.FullName];
    }
}
