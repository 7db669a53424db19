namespace SpectralEarth.Recipes;

/// <summary>Reads YAML into typed records and writes them back; keys are snake_case property names.</summary>
public static class RecipeFile
{
    /// <summary>Reads <paramref name="path"/> and applies <paramref name="overrides"/> ("key.sub=value").</summary>
    /// <exception cref="RecipeException">Unknown key (with the nearest valid one), wrong type, missing key; with file and line.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static T Read<T>(string path, IReadOnlyList<string>? overrides = null) => throw new NotImplementedException();

    /// <summary>YAML text of a record, all keys written out.</summary>
    public static string ToYaml<T>(T recipe) => throw new NotImplementedException();

    /// <summary>Reads YAML text; <paramref name="source"/> names it in messages.</summary>
    /// <inheritdoc cref="Read{T}(string, IReadOnlyList{string})"/>
    public static T Parse<T>(string yaml, string source, IReadOnlyList<string>? overrides = null) => throw new NotImplementedException();
}
