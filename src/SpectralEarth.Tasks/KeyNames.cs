using System.Text.Json;

namespace SpectralEarth.Tasks;

/// <summary>Names of values as recipes and files have them.</summary>
internal static class KeyNames
{
    /// <summary>For example "macro_f1" of MacroF1.</summary>
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
