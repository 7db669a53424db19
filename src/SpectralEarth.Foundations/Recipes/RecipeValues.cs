using System.Globalization;

namespace SpectralEarth.Recipes;

/// <summary>Single values in text form: the same text is read back to the same value, whatever the machine's culture.</summary>
internal static class RecipeValues
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    private static readonly Dictionary<Type, (string Name, Func<string, object?> Parse)> Readers = new()
    {
        [typeof(string)] = ("text", text => text),
        [typeof(bool)] = ("true or false", ParseBool),
        [typeof(short)] = Integer<short>(),
        [typeof(int)] = Integer<int>(),
        [typeof(long)] = Integer<long>(),
        [typeof(double)] = ("a number", text => ParseDouble(text)),
        [typeof(DateTime)] = ("a date and time such as 2022-07-24T10:45:26Z",
            text => DateTime.TryParse(text, Culture, DateTimeStyles.RoundtripKind, out var time) ? time : null),
    };

    /// <summary>True if values of <paramref name="type"/> are written as a single value.</summary>
    public static bool IsScalar(Type type) => type.IsEnum || Readers.ContainsKey(type);

    /// <summary>What values of <paramref name="type"/> look like, for messages.</summary>
    public static string Describe(Type type) => type.IsEnum
        ? "one of " + string.Join(", ", EnumNames(type).Keys)
        : Readers[type].Name;

    /// <summary>Reads a value; null if the text does not stand for one.</summary>
    public static object? Parse(RecipeScalar scalar, Type type)
    {
        if (type == typeof(string))
            return scalar.Text;
        if (scalar.IsQuoted)
            return null;
        return type.IsEnum ? EnumNames(type).GetValueOrDefault(scalar.Text) : Readers[type].Parse(scalar.Text);
    }

    /// <summary>Writes a value other than text.</summary>
    public static string Format(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        double number => FormatDouble(number),
        DateTime time => time.ToString("O", Culture),
        Enum choice => RecipeShape.NameOf(choice.ToString()),
        IFormattable other => other.ToString(null, Culture),
        _ => throw new ArgumentException($"{value.GetType()} is not a single value.", nameof(value)),
    };

    /// <summary>Members of an enum by their names in recipes.</summary>
    public static IReadOnlyDictionary<string, object> EnumNames(Type type) =>
        Enum.GetNames(type).ToDictionary(RecipeShape.NameOf, name => Enum.Parse(type, name));

    private static (string, Func<string, object?>) Integer<T>() where T : struct, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T> =>
        ($"a whole number from {T.MinValue.ToString(null, Culture)} to {T.MaxValue.ToString(null, Culture)}",
            text => T.TryParse(text, NumberStyles.AllowLeadingSign, Culture, out var value) ? value : null);

    private static object? ParseBool(string text) => text switch { "true" => true, "false" => false, _ => null };

    private static double? ParseDouble(string text)
    {
        switch (text)
        {
            case ".inf": return double.PositiveInfinity;
            case "-.inf": return double.NegativeInfinity;
            case ".nan": return double.NaN;
        }

        // Words such as "Infinity", and numbers too large for a double, are mistakes and not infinity.
        var parsed = double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, Culture, out var value);
        return parsed && double.IsFinite(value) ? value : null;
    }

    // "1E-05" has no point, and YAML 1.1 readers (PyYAML) take it for text.
    private static string FormatDouble(double number)
    {
        var text = number.ToString("R", Culture);
        return double.IsNaN(number) ? ".nan"
            : double.IsInfinity(number) ? number > 0 ? ".inf" : "-.inf"
            : text.Contains('E', StringComparison.Ordinal) && !text.Contains('.', StringComparison.Ordinal)
                ? text.Replace("E", ".0E", StringComparison.Ordinal)
                : text;
    }
}
