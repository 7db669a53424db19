using System.Collections;

namespace SpectralEarth.Spectra;

/// <summary>An ordered, immutable list of bands; position in the table is the channel (0-based).</summary>
public sealed class BandTable : IReadOnlyList<Band>
{
    private readonly Band[] bands;

    /// <summary>Copies <paramref name="bands"/> in the given order.</summary>
    /// <exception cref="ArgumentException">The list is empty or a band number occurs twice.</exception>
    public BandTable(IEnumerable<Band> bands)
    {
        this.bands = [.. bands];
        if (this.bands.Length == 0)
            throw new ArgumentException("A band table needs at least one band.");
        var twice = this.bands.GroupBy(band => band.Number).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new ArgumentException($"Band {twice.Key} occurs {twice.Count()} times in the band table.");
    }

    /// <inheritdoc/>
    public int Count => bands.Length;

    /// <summary>Band numbers in channel order (1-based positions in the delivered cube).</summary>
    public IReadOnlyList<int> Numbers => [.. bands.Select(band => band.Number)];

    /// <summary>Centre wavelengths in channel order, nm.</summary>
    public IReadOnlyList<double> WavelengthsNm => [.. bands.Select(band => band.WavelengthNm)];

    /// <inheritdoc/>
    public Band this[int channel] => bands[channel];

    /// <summary>Returns the bands with the given numbers, in the given order.</summary>
    /// <exception cref="ArgumentException">A number is not in the table.</exception>
    public BandTable Select(IEnumerable<int> numbers)
    {
        var byNumber = bands.ToDictionary(band => band.Number);
        return new BandTable(numbers.Select(number => byNumber.TryGetValue(number, out var band)
            ? band
            : throw new ArgumentException($"Band {number} is not among the {Count} bands of the table.")));
    }

    /// <inheritdoc/>
    public IEnumerator<Band> GetEnumerator() => ((IEnumerable<Band>)bands).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
