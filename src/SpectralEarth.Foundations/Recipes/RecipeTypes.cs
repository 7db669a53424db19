using System.Reflection;

namespace SpectralEarth.Recipes;

/// <summary>Recognises the types that a recipe's property may have.</summary>
internal static class RecipeTypes
{
    private static readonly Type[] ListTypes =
        [typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>), typeof(IEnumerable<>), typeof(IList<>), typeof(List<>)];

    private static readonly Type[] DictionaryTypes =
        [typeof(IReadOnlyDictionary<,>), typeof(IDictionary<,>), typeof(Dictionary<,>)];

    /// <summary>True if null is a value of the type.</summary>
    public static bool AllowsNull(NullabilityInfo type) =>
        Nullable.GetUnderlyingType(type.Type) is not null || type.ReadState == NullabilityState.Nullable;

    /// <summary>The type without its question mark.</summary>
    public static Type WithoutNull(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>Item type of a list, or null.</summary>
    public static NullabilityInfo? ListItem(NullabilityInfo type) =>
        type.Type.IsArray ? type.ElementType
        : Is(type.Type, ListTypes) ? type.GenericTypeArguments[0]
        : null;

    /// <summary>Key and value types of a dictionary, or null.</summary>
    public static (Type Key, NullabilityInfo Value)? Dictionary(NullabilityInfo type) =>
        Is(type.Type, DictionaryTypes) ? (type.GenericTypeArguments[0].Type, type.GenericTypeArguments[1]) : null;

    private static bool Is(Type type, Type[] definitions) =>
        type.IsGenericType && definitions.Contains(type.GetGenericTypeDefinition());
}
