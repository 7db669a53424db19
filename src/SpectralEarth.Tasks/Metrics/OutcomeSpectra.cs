namespace SpectralEarth.Tasks.Metrics;

/// <summary>Mean spectra of labelled pixels by class of the label, apart for pixels that were classified well and badly. Streaming.</summary>
/// <param name="classes">Number of classes L.</param>
/// <param name="channels">Number of channels C.</param>
/// <param name="noData">Digital number of missing values, which are left out.</param>
public sealed class OutcomeSpectra(int classes, int channels, short noData)
{
    private readonly double[] sums = new double[2 * classes * channels];    // [L, wrong or right, C]
    private readonly long[] counts = new long[2 * classes * channels];
    private readonly long[] pixels = new long[2 * classes];

    /// <summary>Adds the labelled pixels of a patch.</summary>
    /// <param name="reference">Class index of each label, <see cref="ConfusionMatrix.Ignore"/> where there is none, [H, W].</param>
    /// <param name="predicted">Class index found, [H, W].</param>
    /// <param name="numbers">Digital numbers, [C, H, W].</param>
    public void Add(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> predicted, ReadOnlySpan<short> numbers)
    {
        var area = reference.Length;
        var labelled = new List<(int Pixel, int Outcome)>();
        for (var pixel = 0; pixel < area; pixel++)
        {
            if (reference[pixel] != ConfusionMatrix.Ignore)
                labelled.Add((pixel, Outcome(reference[pixel], reference[pixel] == predicted[pixel])));
        }

        foreach (var (_, outcome) in labelled)
            pixels[outcome]++;
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = numbers.Slice(channel * area, area);
            foreach (var (pixel, outcome) in labelled)
            {
                if (plane[pixel] == noData)
                    continue;
                sums[(outcome * channels) + channel] += plane[pixel];
                counts[(outcome * channels) + channel]++;
            }
        }
    }

    /// <summary>Labelled pixels of a class that were classified well or badly.</summary>
    public long Pixels(int label, bool right) => pixels[Outcome(label, right)];

    /// <summary>Mean digital number of each channel, NaN where there is none, [C].</summary>
    public double[] Mean(int label, bool right)
    {
        var first = Outcome(label, right) * channels;
        return [.. Enumerable.Range(first, channels).Select(cell => counts[cell] > 0 ? sums[cell] / counts[cell] : double.NaN)];
    }

    private static int Outcome(int label, bool right) => (2 * label) + (right ? 1 : 0);
}
