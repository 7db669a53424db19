using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tiling.Importing;

/// <summary>The encoded patches of units one after the other, in catalog order; one unit is open at a time.</summary>
internal sealed class UnitSequence(IReadOnlyList<WorkUnit<ImportUnitRecord>> units, ShardFormat format) : IDisposable
{
    private int unit = -1;
    private int left;
    private ShardReader? reader;

    /// <summary>The next patch, whose catalog row is given.</summary>
    public EncodedPatch Read(PatchInfo info)
    {
        while (left == 0)
        {
            reader?.Dispose();
            reader = units[++unit].OpenShard(format);
            left = units[unit].Record.Patches;
        }

        left--;
        return reader!.ReadEncoded(info);
    }

    /// <inheritdoc/>
    public void Dispose() => reader?.Dispose();
}
