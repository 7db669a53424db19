using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Merging;

/// <summary>Reads patches out of the first data set whose copy is sound.</summary>
/// <param name="union">The patches.</param>
internal sealed class SoundCopies(PatchUnion union)
{
    private readonly List<string> damaged = [];

    /// <summary>Copies that were passed over, each with the reason.</summary>
    public IReadOnlyList<string> Damaged => [.. damaged.Distinct()];

    /// <summary>Reads a patch.</summary>
    /// <param name="info">A patch of the union.</param>
    /// <param name="read">Reads the row of a data set, and throws where it is damaged.</param>
    /// <exception cref="DatasetException">Every copy is damaged.</exception>
    public T Read<T>(PatchInfo info, Func<Dataset, int, T> read)
    {
        var copies = union.CopiesOf(info);
        foreach (var (dataset, row) in copies.SkipLast(1))
        {
            try
            {
                return read(dataset, row);
            }
            catch (DatasetException e)
            {
                damaged.Add(e.Message);
            }
        }

        return read(copies[^1].Dataset, copies[^1].Row);
    }
}
