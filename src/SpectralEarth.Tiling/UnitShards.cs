using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tiling;

/// <summary>Reads encoded patches out of the units' shards; keeps those open that were used last.</summary>
internal sealed class UnitShards : IDisposable
{
    /// <summary>Below the usual limit of 1,024 open files.</summary>
    private const int MaximumOpen = 512;

    private readonly Dictionary<string, WorkUnit<UnitRecord>> units;
    private readonly Dictionary<string, ShardReader> open = [];
    private readonly Queue<string> order = new();
    private readonly ShardFormat format;

    public UnitShards(IReadOnlyList<WorkUnit<UnitRecord>> units, DatasetManifest manifest)
    {
        this.units = units.ToDictionary(unit => unit.Record.Scene.SceneId);
        format = ShardFormat.Of(manifest);
    }

    /// <summary>True if the patch is of one of the units.</summary>
    public bool Holds(PatchInfo info) => units.ContainsKey(info.SceneId);

    public EncodedPatch Read(PatchInfo info)
    {
        if (!open.TryGetValue(info.SceneId, out var reader))
        {
            if (open.Count == MaximumOpen && open.Remove(order.Dequeue(), out var oldest))
                oldest.Dispose();
            reader = units[info.SceneId].OpenShard(format);
            open.Add(info.SceneId, reader);
            order.Enqueue(info.SceneId);
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
