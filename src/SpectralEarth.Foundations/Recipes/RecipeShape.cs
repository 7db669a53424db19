using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace SpectralEarth.Recipes;

/// <summary>The keys of a record: its public properties that can be set, in snake_case and in order of declaration.</summary>
internal sealed class RecipeShape
{
    private static readonly ConcurrentDictionary<Type, RecipeShape> Known = new();

    private readonly ConstructorInfo? constructor;
    private readonly Type type;

    private RecipeShape(Type type)
    {
        this.type = type;
        // A positional record has no constructor without parameters.
        constructor = type.IsValueType || type.GetConstructor([]) is not null
            ? null
            : type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)
                ?? throw new ArgumentException($"{type} has no public constructor and cannot be read from a recipe.");
        var parameters = constructor?.GetParameters() ?? [];
        var nullability = new NullabilityInfoContext();
        Keys = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Select(property => new RecipeKey(
                property,
                parameters.FirstOrDefault(parameter => parameter.Name == property.Name),
                nullability.Create(property)))];
        ByName = Keys.ToDictionary(key => key.Name);
    }

    /// <summary>Keys in order of declaration.</summary>
    public IReadOnlyList<RecipeKey> Keys { get; }

    /// <summary>Keys by their snake_case names.</summary>
    public IReadOnlyDictionary<string, RecipeKey> ByName { get; }

    /// <summary>The shape of <paramref name="type"/>.</summary>
    public static RecipeShape Of(Type type) => Known.GetOrAdd(type, static type => new RecipeShape(type));

    /// <summary>The key that stands for a property or enum member: LearningRate becomes learning_rate.</summary>
    public static string NameOf(string member) => JsonNamingPolicy.SnakeCaseLower.ConvertName(member);

    /// <summary>A record with its defaults; null for a positional one, which cannot be made without values.</summary>
    public object? Default() => constructor is null ? Activator.CreateInstance(type) : null;

    /// <summary>Makes the record from the values that were given; the others keep their defaults.</summary>
    /// <exception cref="TargetInvocationException">A constructor or setter refused its value.</exception>
    public object Create(IReadOnlyDictionary<RecipeKey, object?> values)
    {
        var recipe = constructor is null
            ? Activator.CreateInstance(type)!
            : constructor.Invoke([.. constructor.GetParameters().Select(parameter => Argument(parameter, values))]);
        foreach (var (key, value) in values.Where(pair => pair.Key.Parameter is null))
            key.Property.SetValue(recipe, value);
        return recipe;
    }

    private object? Argument(ParameterInfo parameter, IReadOnlyDictionary<RecipeKey, object?> values) =>
        values.TryGetValue(ByName[NameOf(parameter.Name!)], out var value) ? value : parameter.DefaultValue;
}

/// <summary>One key of a record.</summary>
/// <param name="Property">The property it sets.</param>
/// <param name="Parameter">The constructor's parameter of that name, if there is one.</param>
/// <param name="Type">Its type with what is known about null.</param>
internal sealed record RecipeKey(PropertyInfo Property, ParameterInfo? Parameter, NullabilityInfo Type)
{
    /// <summary>Name in the file.</summary>
    public string Name { get; } = RecipeShape.NameOf(Property.Name);

    /// <summary>True if the file must name it.</summary>
    // The attribute is compared by name because ScottPlot ships a public twin of it.
    public bool IsRequired { get; } = Parameter is { HasDefaultValue: false }
        || Property.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "RequiredMemberAttribute");

    /// <summary>What a record has there; null without one.</summary>
    public object? ValueIn(object? record) => record is null ? null : Property.GetValue(record);
}
