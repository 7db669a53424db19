namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// Decoded blocks of one raster. A block whose pixels were not all taken yet is kept for the next window; a block that was
/// used up gives its memory to the next one. So reading whole row-blocks costs a block per thread, and reading patch by
/// patch decodes each block once. Thread-safe.
/// </summary>
/// <param name="blockBytes">Bytes of the memory of a decoded block.</param>
/// <param name="budgetBytes">Memory to keep; blocks in use at one moment may exceed it.</param>
internal sealed class BlockCache(int blockBytes, long budgetBytes) : IDisposable
{
    /// <summary>Blocks that fit into the budget, at least one.</summary>
    private readonly int capacity = (int)Math.Clamp(budgetBytes / blockBytes, 1, int.MaxValue);
    private readonly Lock gate = new();
    private readonly Dictionary<(int Plane, int Row, int Column), Entry> entries = [];
    private readonly LinkedList<Entry> idle = [];
    private int allocated;

    /// <summary>Takes a block, decoding it unless it is kept, and passes it to <paramref name="use"/>.</summary>
    /// <param name="block">Which block.</param>
    /// <param name="share">Share of its pixels that the caller takes, 0 to 1; when all were taken, nobody is expected to come again.</param>
    /// <param name="decode">Fills the memory of the block.</param>
    /// <param name="use">Uses the samples; called once.</param>
    internal void Use(TiffBlock block, double share, Action<byte[]> decode, Action<byte[]> use)
    {
        var entry = Take((block.Plane, block.FirstRow, block.FirstColumn));
        try
        {
            lock (entry.Decoding)
            {
                if (!entry.IsDecoded)
                    decode(entry.Samples);
                entry.IsDecoded = true;
            }

            use(entry.Samples);
        }
        finally
        {
            Give(entry, share);
        }
    }

    /// <summary>Says that nobody will come again for blocks that end above a row: their memory goes to the next blocks.</summary>
    /// <param name="row">Row of the raster.</param>
    /// <param name="blockRows">Rows of a block.</param>
    internal void ReleaseAbove(int row, int blockRows)
    {
        lock (gate)
        {
            foreach (var entry in idle.Where(entry => !entry.IsUsedUp && entry.Key.Row + blockRows <= row).ToArray())
            {
                entry.IsUsedUp = true;
                idle.Remove(entry.Place);
                idle.AddFirst(entry.Place);
            }
        }
    }

    /// <summary>Gives the memory to the next raster. Blocks still in use are left to the garbage collector.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (var entry in idle)
                BlockMemory.Give(entry.Samples);
            idle.Clear();
            entries.Clear();
        }
    }

    private Entry Take((int Plane, int Row, int Column) key)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var entry))
            {
                var spare = idle.First?.Value;
                if (spare is not null && (spare.IsUsedUp || allocated >= capacity))
                {
                    entries.Remove(spare.Key);
                    idle.Remove(spare.Place);
                    entry = new Entry(key, spare.Samples);
                }
                else
                {
                    allocated++;
                    entry = new Entry(key, BlockMemory.Take(blockBytes));
                }

                entries.Add(key, entry);
            }
            else if (entry.Users == 0)
            {
                idle.Remove(entry.Place);
            }

            entry.Users++;
            return entry;
        }
    }

    private void Give(Entry entry, double share)
    {
        lock (gate)
        {
            entry.Taken += share;
            if (--entry.Users > 0)
                return;
            entry.IsUsedUp = entry.Taken > 0.9999 || !entry.IsDecoded;
            if (allocated > capacity)
            {
                allocated--;
                entries.Remove(entry.Key);
                BlockMemory.Give(entry.Samples);
            }
            else if (entry.IsUsedUp)
            {
                idle.AddFirst(entry.Place);
            }
            else
            {
                idle.AddLast(entry.Place);
            }
        }
    }

    private sealed class Entry
    {
        internal Entry((int Plane, int Row, int Column) key, byte[] samples) => (Key, Samples, Place) = (key, samples, new(this));

        internal (int Plane, int Row, int Column) Key { get; }

        internal byte[] Samples { get; }

        internal Lock Decoding { get; } = new();

        internal LinkedListNode<Entry> Place { get; }

        internal int Users { get; set; }

        internal double Taken { get; set; }

        internal bool IsDecoded { get; set; }

        internal bool IsUsedUp { get; set; }
    }
}
