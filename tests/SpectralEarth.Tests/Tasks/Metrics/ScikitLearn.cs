using System.Text.Json.Nodes;

namespace SpectralEarth.Tests.Tasks.Metrics;

/// <summary>Numbers of scikit-learn-scores.json, which scikit-learn-scores.py beside it made.</summary>
internal static class ScikitLearn
{
    private static readonly JsonNode Root = JsonNode.Parse(Text())!;

    public static JsonNode Section(string name) => Root[name]!;

    public static double Number(JsonNode section, string key) => section[key]!.GetValue<double>();

    public static T[] List<T>(JsonNode section, string key) => [.. section[key]!.AsArray().Select(value => value!.GetValue<T>())];

    public static T[][] Rows<T>(JsonNode section, string key) =>
        [.. section[key]!.AsArray().Select(row => row!.AsArray().Select(value => value!.GetValue<T>()).ToArray())];

    private static string Text()
    {
        using var stream = typeof(ScikitLearn).Assembly.GetManifestResourceStream("scikit-learn-scores.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
