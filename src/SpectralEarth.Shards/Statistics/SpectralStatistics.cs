namespace SpectralEarth.Shards.Statistics;

/// <summary>
/// Counts every value of every channel over the valid pixels. Counts are integers, so adding and merging in any order
/// and from any number of threads gives the same statistics, exactly.
/// </summary>
public sealed class SpectralStatistics
{
    private readonly ValueCounts[] counts;
    private readonly short noData;

    /// <param name="channels">Channels C.</param>
    /// <param name="noData">Value that is never counted.</param>
    public SpectralStatistics(int channels, short noData)
    {
        counts = [.. Enumerable.Range(0, channels).Select(_ => new ValueCounts())];
        this.noData = noData;
    }

    /// <summary>Channels C.</summary>
    public int Channels => counts.Length;

    /// <summary>Adds the valid pixels of a patch. Safe to call from several threads.</summary>
    /// <param name="pixels">Digital numbers, [C, H, W].</param>
    /// <param name="validity">1 = count, 0 = leave out, [H, W].</param>
    public void Add(ReadOnlySpan<short> pixels, ReadOnlySpan<byte> validity)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, Channels * validity.Length);
        for (var channel = 0; channel < Channels; channel++)
            lock (counts[channel])
                counts[channel].Add(pixels.Slice(channel * validity.Length, validity.Length), validity);
    }

    /// <summary>Takes back a patch that was added before. Not to be called while others add.</summary>
    /// <param name="pixels">Digital numbers, [C, H, W].</param>
    /// <param name="validity">1 where the pixel was counted, [H, W].</param>
    public void Remove(ReadOnlySpan<short> pixels, ReadOnlySpan<byte> validity)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, Channels * validity.Length);
        for (var sample = 0; sample < pixels.Length; sample++)
        {
            if (validity[sample % validity.Length] != 0)
                AddCount(sample / validity.Length, pixels[sample], -1);
        }
    }

    /// <summary>Adds all counts of <paramref name="other"/>.</summary>
    public void Merge(SpectralStatistics other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Channels, Channels);
        for (var channel = 0; channel < Channels; channel++)
            foreach (var (value, count) in other.Counts(channel))
                AddCount(channel, value, count);
    }

    /// <summary>Values that occur in a channel and how often, ascending, without no-data.</summary>
    public IReadOnlyList<(short Value, long Count)> Counts(int channel) => counts[channel].Used(except: noData);

    /// <summary>Adds <paramref name="count"/> occurrences of a value. Safe to call from several threads.</summary>
    public void AddCount(int channel, short value, long count)
    {
        lock (counts[channel])
            counts[channel].Add(value, count);
    }

    /// <summary>
    /// Statistics of all channels. Sums are integers of 128 bits, rounded once at the end. A channel without a single
    /// value gets mean 0 and standard deviation 1, so that normalising leaves it alone.
    /// </summary>
    public IReadOnlyList<ChannelStatistics> ToChannels() => [.. Enumerable.Range(0, Channels).Select(ToChannel)];

    private ChannelStatistics ToChannel(int channel)
    {
        var values = counts[channel].Used(except: noData);
        var (n, sum, squares) = ((Int128)0, (Int128)0, (Int128)0);
        foreach (var (value, count) in values)
        {
            n += count;
            sum += (Int128)count * value;
            squares += (Int128)count * value * value;
        }

        if (n == 0)
            return new ChannelStatistics { Mean = 0, StandardDeviation = 1, Minimum = noData, Maximum = noData, Percentiles = [noData, noData, noData] };
        var variance = n == 1 ? 0 : (double)((n * squares) - (sum * sum)) / ((double)n * (double)(n - 1));
        return new ChannelStatistics
        {
            Mean = (double)sum / (double)n,
            StandardDeviation = Math.Sqrt(variance),
            Minimum = values[0].Value,
            Maximum = values[^1].Value,
            Percentiles = [Percentile(values, n, 1), Percentile(values, n, 50), Percentile(values, n, 99)],
        };
    }

    /// <summary>Nearest rank: the smallest value that at least <paramref name="percent"/> per cent of all values do not exceed.</summary>
    private static int Percentile((short Value, long Count)[] values, Int128 n, int percent)
    {
        var rank = ((n * percent) + 99) / 100;
        Int128 seen = 0;
        foreach (var (value, count) in values)
            if ((seen += count) >= rank)
                return value;
        return values[^1].Value;
    }
}
