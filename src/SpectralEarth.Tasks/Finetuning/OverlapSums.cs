using SpectralEarth.Shards;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Sums of the probabilities that overlapping patches of one scene give its labelled pixels.</summary>
/// <param name="classes">Number of classes L.</param>
/// <param name="side">Side of a patch, pixels.</param>
internal sealed class OverlapSums(int classes, int side)
{
    private readonly Dictionary<(int Row, int Column), float[]> sums = [];

    /// <summary>Adds the probabilities of labelled pixels.</summary>
    /// <param name="patches">Places of B patches.</param>
    /// <param name="reference">Class index of each label, <see cref="ConfusionMatrix.Ignore"/> where there is none, [B, H, W].</param>
    /// <param name="probabilities">[B, L, H, W].</param>
    public void Add(IReadOnlyList<PatchInfo> patches, ReadOnlySpan<byte> reference, ReadOnlySpan<float> probabilities)
    {
        var area = side * side;
        for (var at = 0; at < reference.Length; at++)
        {
            if (reference[at] == ConfusionMatrix.Ignore)
                continue;
            var place = Place(patches, at);
            if (!sums.TryGetValue(place, out var sum))
                sums.Add(place, sum = new float[classes]);
            var first = (at / area * classes * area) + (at % area);
            for (var label = 0; label < classes; label++)
                sum[label] += probabilities[first + (label * area)];
        }
    }

    /// <summary>
    /// Most probable class index of every labelled pixel, the first of equals, [B, H, W]. Each pixel is handed out once: where it comes
    /// again, its label is set to <see cref="ConfusionMatrix.Ignore"/>.
    /// </summary>
    /// <param name="patches">Places of B patches.</param>
    /// <param name="reference">As in <see cref="Add"/>.</param>
    public byte[] Take(IReadOnlyList<PatchInfo> patches, Span<byte> reference)
    {
        var found = new byte[reference.Length];
        for (var at = 0; at < reference.Length; at++)
        {
            if (reference[at] == ConfusionMatrix.Ignore)
                continue;
            if (sums.Remove(Place(patches, at), out var sum))
                found[at] = (byte)sum.AsSpan().IndexOf(sum.Max());
            else
                reference[at] = ConfusionMatrix.Ignore;
        }

        return found;
    }

    private (int Row, int Column) Place(IReadOnlyList<PatchInfo> patches, int at)
    {
        var (patch, pixel) = (patches[at / (side * side)], at % (side * side));
        return (patch.SceneRow + (pixel / side), patch.SceneColumn + (pixel % side));
    }
}
