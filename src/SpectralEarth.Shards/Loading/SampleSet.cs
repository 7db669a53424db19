using SpectralEarth.Randomness;

namespace SpectralEarth.Shards.Loading;

/// <summary>What an epoch goes through: single patches, or locations of which each gives some dates.</summary>
public sealed class SampleSet
{
    // Catalog indices; sample i may draw from members[starts[i]..starts[i + 1]].
    private readonly int[] members;
    private readonly int[] starts;

    private SampleSet(int[] members, int[] starts, int dates) => (this.members, this.starts, PatchesPerSample) = (members, starts, dates);

    /// <summary>Samples in an epoch.</summary>
    public int Count => starts.Length - 1;

    /// <summary>Patches in a sample: 1, or the dates of a location that are seen together.</summary>
    public int PatchesPerSample { get; }

    /// <summary>Samples whose location has fewer dates than they hold, so that some are repeated.</summary>
    public int Incomplete { get; private init; }

    /// <summary>Every patch is a sample.</summary>
    /// <param name="patches">Catalog indices.</param>
    public static SampleSet OfPatches(IEnumerable<int> patches)
    {
        int[] members = [.. patches];
        return new SampleSet(members, [.. Enumerable.Range(0, members.Length + 1)], 1);
    }

    /// <summary>
    /// Every location with enough dates is a sample: <paramref name="dates"/> of them, drawn anew in each epoch, in random
    /// order. One shows each location once in an epoch, two make temporal positive pairs. Of several processings of one date only the
    /// newest is taken.
    /// </summary>
    /// <param name="catalog">All patches, sorted by location, then time.</param>
    /// <param name="patches">Catalog indices to choose from.</param>
    /// <param name="dates">Dates per sample.</param>
    /// <param name="repeated">Whether locations with fewer dates are samples too, their dates repeated; else they are left out.</param>
    /// <exception cref="DatasetException">No location has so many dates.</exception>
    public static SampleSet OfDates(IReadOnlyList<PatchInfo> catalog, IEnumerable<int> patches, int dates, bool repeated = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dates);
        var (members, starts, most, incomplete) = (new List<int>(), new List<int> { 0 }, 0, 0);
        foreach (var location in patches.Order().GroupBy(index => catalog[index].LocationId))
        {
            var before = members.Count;
            members.AddRange(location.GroupBy(index => catalog[index].Date).Select(date => date.Last()));
            most = Math.Max(most, members.Count - before);
            incomplete += members.Count - before < dates ? 1 : 0;
            if (repeated || members.Count - before >= dates)
                starts.Add(members.Count);
            else
                members.RemoveRange(before, members.Count - before);
        }

        return starts.Count > 1
            ? new SampleSet([.. members], [.. starts], dates) { Incomplete = repeated ? incomplete : 0 }
            : throw new DatasetException(
                $"No location has {dates} dates; the most is {most}. Tile more scenes of the same ground, or ask for fewer dates.");
    }

    /// <summary>The patches of a sample in an epoch: a function of the arguments only.</summary>
    internal void Draw(long seed, long epoch, int sample, Span<int> patches)
    {
        var (start, end) = (starts[sample], starts[sample + 1]);
        var random = new SeededRandom(seed, "dates", epoch, sample);
        var wanted = Math.Min(patches.Length, end - start);
        // Of the dates left, each is as likely as any other to be among those still needed (Knuth 1969, 3.4.2, algorithm S).
        for (var (date, taken) = (start, 0); taken < wanted; date++)
        {
            if (end - date == wanted - taken || random.NextInt(end - date) < wanted - taken)
                patches[taken++] = members[date];
        }

        // Which date comes first decides what it is for, a query or a key: each date must be either equally often.
        random.Shuffle(patches[..wanted]);
        for (var taken = wanted; taken < patches.Length; taken++)
            patches[taken] = patches[taken - wanted];
    }
}
