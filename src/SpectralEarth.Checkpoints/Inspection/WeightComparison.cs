using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>Which tensors of two files differ, and by how much.</summary>
/// <param name="PathA">First file.</param>
/// <param name="PathB">Second file.</param>
/// <param name="Equal">Tensors that are equal bit for bit.</param>
/// <param name="Differences">The others, by key.</param>
public sealed record WeightComparison(string PathA, string PathB, int Equal, IReadOnlyList<TensorDifference> Differences)
{
    /// <summary>
    /// Compares two files or run folders of any format. Tensors meet under the same name or, where prefixes differ
    /// (<c>model.encoder.vit_core.norm.bias</c> and <c>vit_core.norm.bias</c>), the same part and key.
    /// </summary>
    /// <exception cref="CheckpointException">A file is missing, unusable or damaged.</exception>
    public static WeightComparison Of(string pathA, string pathB)
    {
        using var a = CheckpointReport.Open(pathA);
        using var b = CheckpointReport.Open(pathB);
        var (keysA, keysB) = (Keys(a), Keys(b));
        var differences = keysA.Keys.Union(keysB.Keys).Order(StringComparer.Ordinal)
            .Select(key => Difference(key, a, keysA.GetValueOrDefault(key), b, keysB.GetValueOrDefault(key)))
            .OfType<TensorDifference>().ToArray();
        return new WeightComparison(a.Path, b.Path, keysA.Keys.Union(keysB.Keys).Count() - differences.Length, differences);
    }

    /// <summary>Names by the key that other files know them under; the first of several names of one tensor.</summary>
    private static Dictionary<string, string> Keys(WeightFile file) => file.Names
        .GroupBy(name => ReferenceNames.Locate(name) is var (part, key) && part == WeightPart.Other ? name : $"{part}: {key}")
        .ToDictionary(group => group.Key, group => group.First());

    private static TensorDifference? Difference(string key, WeightFile a, string? nameA, WeightFile b, string? nameB)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (first, second) = (nameA is null ? null : a.Read(nameA), nameB is null ? null : b.Read(nameB));
        if (first is null || second is null)
            return new TensorDifference(key, first is null ? "only in B" : "only in A", Norm(first), Norm(second), null, null);
        if (!first.shape.SequenceEqual(second.shape))
            return new TensorDifference(key, $"[{string.Join(", ", first.shape)}] and [{string.Join(", ", second.shape)}]", Norm(first), Norm(second), null, null);
        if (first.dtype == second.dtype && first.bytes.SequenceEqual(second.bytes))
            return null;
        var difference = first.to(ScalarType.Float64) - second.to(ScalarType.Float64);
        var kind = first.dtype == second.dtype ? "values" : $"{first.dtype} and {second.dtype}";
        return new TensorDifference(key, kind, Norm(first), Norm(second), Norm(difference), difference.NumberOfElements == 0 ? 0 : difference.abs().max().item<double>());
    }

    private static double? Norm(Tensor? tensor) => tensor?.to(ScalarType.Float64).norm().item<double>();
}

/// <summary>One tensor that two files do not share.</summary>
/// <param name="Key">Part and key.</param>
/// <param name="Kind">What differs: presence, shape, type or values.</param>
/// <param name="NormA">Euclidean norm in the first file; null if it is not there.</param>
/// <param name="NormB">Euclidean norm in the second file.</param>
/// <param name="NormOfDifference">Euclidean norm of the difference; null if there is none.</param>
/// <param name="LargestDifference">Largest absolute difference of two numbers.</param>
public sealed record TensorDifference(string Key, string Kind, double? NormA, double? NormB, double? NormOfDifference, double? LargestDifference);
