using System.Text.Json;

namespace SpectralEarth.Cli.Views;

/// <summary>Results as JSON, for other programs.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    internal static string Of<T>(T value) => JsonSerializer.Serialize(value, Options);
}
