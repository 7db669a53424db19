using SpectralEarth.Recipes;
using SpectralEarth.Storage;

namespace SpectralEarth.Spectra;

/// <summary>The sensors in the folder <c>datasets</c> that travels with the program.</summary>
public static class SensorCatalog
{
    /// <summary>Names of the sensors' folders, in alphabetical order.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no folder <c>datasets</c>.</exception>
    public static IReadOnlyList<string> Names() =>
        [.. Directory.GetFiles(ProgramFolder.Find("datasets"), Sensor.FileName, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(file => Path.GetFileName(Path.GetDirectoryName(file)!))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads a sensor by its name or the name of its folder, whatever the case ("EnMAP", "enmap"), or by the path of a folder with a sensor.yaml.</summary>
    /// <exception cref="RecipeException">There is no such sensor (with the names that there are), or its files are wrong.</exception>
    /// <inheritdoc cref="Names"/>
    public static Sensor Load(string name) => Find(name) ?? throw new RecipeException(
        $"Unknown sensor '{name}'; {NearestName.Hint(Names(), name)} (A sensor of your own: the path of its folder, which holds {Sensor.FileName}.)");

    /// <summary>As <see cref="Load"/>, but null if there is no such sensor.</summary>
    /// <exception cref="RecipeException">Its files are wrong.</exception>
    /// <inheritdoc cref="Names"/>
    public static Sensor? Find(string name)
    {
        if (File.Exists(Path.Combine(name, Sensor.FileName)))
            return Sensor.Read(name);
        var folder = Names().FirstOrDefault(folder => folder.Equals(name, StringComparison.OrdinalIgnoreCase));
        return folder is null ? null : Sensor.Read(Path.Combine(ProgramFolder.Find("datasets"), folder));
    }
}
