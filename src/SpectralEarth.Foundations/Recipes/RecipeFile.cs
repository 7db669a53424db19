using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SpectralEarth.Recipes;

/// <summary>Reads YAML into typed records and writes them back; keys are snake_case property names.</summary>
/// <remarks>
/// A property may be a bool, a short, int, long or double, a string, a DateTime, an enum (its members in snake_case), a
/// record, or an <see cref="IReadOnlyList{T}"/> of these. Values are set through public <c>init</c> or <c>set</c> accessors
/// or a positional record's constructor; keys that the file leaves out keep the record's defaults, unless they are
/// <c>required</c>.
/// </remarks>
public static class RecipeFile
{
    /// <summary>Largest file that is read, bytes.</summary>
    public const long MaximumBytes = 16 << 20;

    /// <summary>Reads <paramref name="path"/> and applies <paramref name="overrides"/> ("key.sub=value").</summary>
    /// <exception cref="RecipeException">
    /// Unknown key (with the nearest valid one), wrong type, missing or repeated key, bad override; one line per problem,
    /// with file and line.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static T Read<T>(string path, IReadOnlyList<string>? overrides = null)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file.", path);
        var length = new FileInfo(path).Length;
        if (length > MaximumBytes)
            throw new RecipeException($"{path}: {length} bytes, but a recipe has at most {MaximumBytes}. Is this the right file?");
        return Parse<T>(Decoded(File.ReadAllBytes(path), path), path, overrides);
    }

    /// <summary>Reads YAML text; <paramref name="source"/> names it in messages.</summary>
    /// <inheritdoc cref="Read{T}(string, IReadOnlyList{string})"/>
    public static T Parse<T>(string yaml, string source, IReadOnlyList<string>? overrides = null)
    {
        var problems = new RecipeProblems();
        var root = RecipeParser.ParseFile(yaml, source, problems);
        foreach (var text in overrides ?? [])
            RecipeOverride.Apply(text, root, problems);
        var recipe = new RecipeBinder(problems).Record(root, typeof(T), path: "");
        problems.ThrowIfAny();
        return (T)recipe!;
    }

    /// <summary>YAML text of a record, all keys written out; reading it back gives an equal record.</summary>
    public static string ToYaml<T>(T recipe) where T : notnull
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(version: null, tags: null, isImplicit: true));
        new RecipeWriter(emitter).Record(recipe);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return writer.ToString();
    }

    private static string Decoded(byte[] bytes, string path)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new RecipeException($"{path}: byte {e.Index} is not UTF-8 text. Is this the right file?", e);
        }
    }
}
