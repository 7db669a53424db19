using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>Keys of earlier batches, oldest overwritten first (MoCo's dictionary as a queue; He et al. 2020, section 3.2).</summary>
public sealed class KeyQueue : Module
{
    private readonly Tensor keys, pointer;

    /// <summary>A queue of random unit vectors.</summary>
    /// <param name="length">Keys that are kept, Q.</param>
    /// <param name="width">Width of a key, K.</param>
    /// <param name="seed">Decides the first keys.</param>
    public KeyQueue(int length, int width, long seed)
        : base(nameof(KeyQueue))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        (keys, pointer) = (empty(length, width), zeros(1, int64));
        RegisterComponents();
        Reset(seed);
    }

    /// <summary>The keys, each of length 1, [Q, K].</summary>
    public Tensor Keys => keys;

    /// <summary>Row that the next batch is written from.</summary>
    public long NextRow => pointer.item<long>();

    /// <summary>Begins again with random unit vectors.</summary>
    public void Reset(long seed)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var drawn = empty(keys.shape[0], keys.shape[1]);
        new FirstWeights(seed, "queue").Token(drawn);                                    // directions of normal vectors are uniform
        keys.copy_(ContrastiveLoss.Unit(drawn));
        pointer.zero_();
    }

    /// <summary>
    /// Writes the keys of a batch. A batch that reaches the end is cut there and the next one begins at row 0, as in the
    /// reference; nothing is cut where the batch size divides the length.
    /// </summary>
    /// <param name="batch">Projections, [B, K]; brought to length 1 here.</param>
    public void Enqueue(Tensor batch)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (first, length) = (NextRow, keys.shape[0]);
        var count = Math.Min(batch.shape[0], length - first);
        keys.narrow(0, first, count).copy_(ContrastiveLoss.Unit(batch.narrow(0, 0, count)));
        pointer.fill_(first + batch.shape[0] >= length ? 0 : first + count);
    }
}
