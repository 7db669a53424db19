using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tiling;

/// <summary>Reads encoded patches out of the units' shards; keeps those open that were used last.</summary>
/// <typeparam name="T">What is recorded of a unit.</typeparam>
internal sealed class UnitShards<T> : IDisposable
    where T : class, IUnitRecord
{
    /// <summary>Below the usual limit of 1,024 open files.</summary>
    private const int MaximumOpen = 512;

    private readonly Dictionary<PatchInfo, WorkUnit<T>> units = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<WorkUnit<T>, ShardReader> open = [];
    private readonly Queue<WorkUnit<T>> order = new();
    private readonly ShardFormat format;

    public UnitShards(IReadOnlyList<WorkUnit<T>> units, ShardFormat format, CancellationToken cancel)
    {
        this.format = format;
        var catalogs = new PatchInfo[units.Count][];
        ParallelPatches.For(units.Count, unit => catalogs[unit] = [.. units[unit].ReadCatalog()], cancel);
        for (var unit = 0; unit < units.Count; unit++)
            foreach (var info in catalogs[unit])
                this.units.Add(info, units[unit]);
        Catalog = [.. catalogs.SelectMany(rows => rows)];
    }

    /// <summary>Patches of all units, one unit after the other.</summary>
    public IReadOnlyList<PatchInfo> Catalog { get; }

    /// <summary>True if the patch is a row of <see cref="Catalog"/>.</summary>
    public bool Holds(PatchInfo info) => units.ContainsKey(info);

    /// <summary>The patch of a row of <see cref="Catalog"/>.</summary>
    public EncodedPatch Read(PatchInfo info)
    {
        var unit = units[info];
        if (!open.TryGetValue(unit, out var reader))
        {
            if (open.Count == MaximumOpen && open.Remove(order.Dequeue(), out var oldest))
                oldest.Dispose();
            reader = unit.OpenShard(format);
            open.Add(unit, reader);
            order.Enqueue(unit);
        }

        return reader.ReadEncoded(info);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var reader in open.Values)
            reader.Dispose();
    }
}
