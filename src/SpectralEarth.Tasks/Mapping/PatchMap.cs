using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Classes of whole patches, which may be larger than a window.</summary>
internal static class PatchMap
{
    private static readonly WindowLayout Layout = new(Overlap: 0.5, BatchSize: 16);

    /// <summary>Most probable class index of every pixel of a batch, [B, H, W].</summary>
    /// <inheritdoc cref="Probabilities"/>
    public static byte[] Classes(IWindowClassifier classifier, PatchBatch batch, int patchSize, short noData)
    {
        var area = patchSize * patchSize;
        var classes = new byte[batch.Indices.Length * area];
        var probabilities = Probabilities(classifier, batch, patchSize, noData);
        for (var sample = 0; sample < batch.Indices.Length; sample++)
            MostProbable(probabilities.AsSpan(sample * classifier.Classes * area, classifier.Classes * area), classes.AsSpan(sample * area, area));
        return classes;
    }

    /// <summary>Probabilities of all pixels of a batch, [B, L, H, W].</summary>
    /// <param name="classifier">Classifier of windows.</param>
    /// <param name="batch">Patches.</param>
    /// <param name="patchSize">Side of a patch, pixels; at least that of a window.</param>
    /// <param name="noData">Digital number of missing values.</param>
    public static float[] Probabilities(IWindowClassifier classifier, PatchBatch batch, int patchSize, short noData)
    {
        if (patchSize == classifier.WindowSize)
            return classifier.Probabilities(batch);
        var (area, labels) = (patchSize * patchSize, classifier.Classes);
        var probabilities = new float[batch.Indices.Length * labels * area];
        for (var sample = 0; sample < batch.Indices.Length; sample++)
        {
            var first = sample;
            var blending = new BlendedWindows(classifier, patchSize, patchSize, Layout, noData, (row, rows, pixels, validity) =>
                CopyRows(batch, first, patchSize, classifier.Channels, row, rows, pixels, validity));
            foreach (var rows in blending.Rows(CancellationToken.None))
            {
                var pixels = rows.Rows * patchSize;
                for (var label = 0; label < labels; label++)
                {
                    rows.Probabilities.AsSpan(label * pixels, pixels)
                        .CopyTo(probabilities.AsSpan((((sample * labels) + label) * area) + (rows.FirstRow * patchSize)));
                }
            }
        }

        return probabilities;
    }

    /// <summary>Index of the largest of L probabilities; the first of equals.</summary>
    /// <param name="probabilities">[L, pixels].</param>
    /// <param name="classes">Receives an index per pixel.</param>
    public static void MostProbable(ReadOnlySpan<float> probabilities, Span<byte> classes)
    {
        var labels = probabilities.Length / classes.Length;
        classes.Clear();
        var best = probabilities[..classes.Length].ToArray();
        for (var label = 1; label < labels; label++)
        {
            var plane = probabilities.Slice(label * classes.Length, classes.Length);
            for (var pixel = 0; pixel < plane.Length; pixel++)
            {
                if (plane[pixel] > best[pixel])
                    (best[pixel], classes[pixel]) = (plane[pixel], (byte)label);
            }
        }
    }

    private static void CopyRows(PatchBatch batch, int sample, int side, int channels, int row, int rows, Span<short> pixels, Span<byte> validity)
    {
        batch.Validity.AsSpan((((sample * side) + row) * side), rows * side).CopyTo(validity);
        for (var channel = 0; channel < channels; channel++)
        {
            batch.Pixels.AsSpan((((((sample * channels) + channel) * side) + row) * side), rows * side)
                .CopyTo(pixels[(channel * rows * side)..]);
        }
    }
}
