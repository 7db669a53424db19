namespace SpectralEarth.Tasks.Metrics;

/// <summary>
/// Counts of pixels by reference class and predicted class, filled as predictions come, so that memory does not
/// grow with the area. Counts are integers: the order of additions never changes a score.
/// </summary>
public sealed class ConfusionMatrix
{
    /// <summary>Class index of pixels that have no reference and are not counted.</summary>
    public const byte Ignore = 255;

    private readonly long[] counts;

    /// <param name="classes">Number of classes L, 1 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of classes is not 1 to 255.</exception>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, (int)Ignore);
        Classes = classes;
        counts = new long[classes * classes];
    }

    /// <summary>Number of classes L.</summary>
    public int Classes { get; }

    /// <summary>Pixels counted.</summary>
    public long Total => counts.Sum();

    /// <summary>Pixels of class <paramref name="reference"/> that were predicted as <paramref name="predicted"/>.</summary>
    public long this[int reference, int predicted] => counts[(reference * Classes) + predicted];

    /// <summary>Pixels whose reference is <paramref name="classIndex"/>.</summary>
    public long ReferenceCount(int classIndex) => Enumerable.Range(0, Classes).Sum(predicted => this[classIndex, predicted]);

    /// <summary>Pixels predicted as <paramref name="classIndex"/>.</summary>
    public long PredictedCount(int classIndex) => Enumerable.Range(0, Classes).Sum(reference => this[reference, classIndex]);

    /// <summary>Counts pixels; those with reference <see cref="Ignore"/> are left out.</summary>
    /// <param name="reference">Class index per pixel, 0 to L - 1 or <see cref="Ignore"/>.</param>
    /// <param name="predicted">Class index per pixel, 0 to L - 1 wherever there is a reference.</param>
    /// <exception cref="ArgumentException">The lengths differ or an index is not below L; nothing is counted then.</exception>
    public void Add(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> predicted)
    {
        if (reference.Length != predicted.Length)
            throw new ArgumentException($"{predicted.Length} predicted pixels for {reference.Length} reference pixels.", nameof(predicted));
        for (var pixel = 0; pixel < reference.Length; pixel++)
        {
            if (reference[pixel] != Ignore && (reference[pixel] >= Classes || predicted[pixel] >= Classes))
            {
                throw new ArgumentException(
                    $"Pixel {pixel} has reference {reference[pixel]} and prediction {predicted[pixel]}, but there are {Classes} classes.",
                    nameof(reference));
            }
        }

        for (var pixel = 0; pixel < reference.Length; pixel++)
        {
            if (reference[pixel] != Ignore)
                counts[(reference[pixel] * Classes) + predicted[pixel]]++;
        }
    }

    /// <summary>Adds the counts of <paramref name="other"/>.</summary>
    /// <exception cref="ArgumentException">The matrices have different numbers of classes.</exception>
    public void Add(ConfusionMatrix other)
    {
        if (other.Classes != Classes)
            throw new ArgumentException($"A matrix of {other.Classes} classes cannot be added to one of {Classes}.", nameof(other));
        for (var cell = 0; cell < counts.Length; cell++)
            counts[cell] += other.counts[cell];
    }

    /// <summary>Cells that are not 0, by number: reference x L + predicted.</summary>
    internal IEnumerable<(int Cell, long Count)> Occupied() =>
        counts.Select((count, cell) => (cell, count)).Where(item => item.count != 0);

    /// <summary>Adds to a cell by its number.</summary>
    internal void Add(int cell, long count) => counts[cell] += count;
}
