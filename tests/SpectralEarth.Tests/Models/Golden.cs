using System.Text.Json;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

/// <summary>One folder of golden numbers made by the reference implementation.</summary>
internal sealed class Golden(string folder)
{
    private readonly string path = SharedData.Path("golden/" + folder);
    private JsonElement? tolerance;

    internal string File(string name) => Path.Combine(path, name);

    internal Tensor Read(string name) => Npy.Read(File(name));

    internal JsonElement Json(string name)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllText(File(name)));
        return document.RootElement.Clone();
    }

    /// <summary>Compares with <paramref name="name"/>, in float64 if <paramref name="found"/> is, within the recommended tolerance.</summary>
    internal void Expect(Tensor found, string name)
    {
        using var scope = NewDisposeScope();
        var entry = (tolerance ??= Json("tolerance.json")).GetProperty(name);
        var isDouble = found.dtype == float64;
        using var expected = Read(isDouble ? Path.Combine("float64", name) : name);
        var allowed = isDouble ? 2e-12 * entry.GetProperty("max_abs").GetDouble() : entry.GetProperty("recommended_atol").GetDouble();
        Near(found, expected, allowed, name);
    }

    internal static void Near(Tensor found, Tensor expected, double allowed, string name)
    {
        using var scope = NewDisposeScope();
        Assert.That(found.shape, Is.EqualTo(expected.shape), name);
        var difference = (found.to(float64) - expected.to(float64)).abs().max().item<double>();
        Assert.That(difference, Is.LessThanOrEqualTo(allowed), name);
    }
}
