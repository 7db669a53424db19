using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace SpectralEarth.Training.Runs;

/// <summary>Compares two recipes of one type.</summary>
public static class RecipeDifference
{
    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Keys with different values, as "optimizer.eps: 1E-08 -> 1E-06".</summary>
    public static IReadOnlyList<(string Key, string Text)> Between<T>(T before, T after) =>
        [.. Compare("", JsonSerializer.SerializeToNode(before, SnakeCase), JsonSerializer.SerializeToNode(after, SnakeCase))];

    private static IEnumerable<(string Key, string Text)> Compare(string key, JsonNode? before, JsonNode? after)
    {
        if (before is JsonObject left && after is JsonObject right)
            return left.SelectMany(item => Compare(key.Length == 0 ? item.Key : $"{key}.{item.Key}", item.Value, right[item.Key]));
        return JsonNode.DeepEquals(before, after) ? [] : [(key, $"{key}: {Text(before)} -> {Text(after)}")];
    }

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "null";
}
