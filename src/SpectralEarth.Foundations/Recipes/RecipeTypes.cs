using System.Reflection;

namespace SpectralEarth.Recipes;

/// <summary>Recognises the types that a recipe's property may have.</summary>
internal static class RecipeTypes
{
    /// <summary>True if null is a value of the type.</summary>
    public static bool AllowsNull(NullabilityInfo type) =>
        Nullable.GetUnderlyingType(type.Type) is not null || type.ReadState == NullabilityState.Nullable;

    /// <summary>The type without its question mark.</summary>
    public static Type WithoutNull(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>Item type of a list, or null.</summary>
    public static NullabilityInfo? ListItem(NullabilityInfo type) =>
        type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GenericTypeArguments[0] : null;
}
