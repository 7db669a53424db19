using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>
/// Cross entropy that tells a query's own key from other keys by cosine similarity: InfoNCE (van den Oord et al. 2018,
/// equation 4), also called NT-Xent.
/// </summary>
internal static class ContrastiveLoss
{
    /// <summary>The other keys are those of earlier batches (MoCo; He et al. 2020, equation 1).</summary>
    /// <param name="query">Projections with a gradient, [B, K]; brought to length 1 here.</param>
    /// <param name="key">Projection of each query's other view, [B, K]; brought to length 1 here.</param>
    /// <param name="queue">Keys of earlier batches, of length 1, [Q, K].</param>
    /// <param name="temperature">Divides the similarities.</param>
    /// <returns>Mean over the batch, scalar.</returns>
    public static Tensor AgainstQueue(Tensor query, Tensor key, Tensor queue, double temperature)
    {
        using var scope = NewDisposeScope();
        var (q, k) = (Unit(query), Unit(key));
        var positive = (q * k).sum(-1, keepdim: true);                          // [B, 1]
        var negative = q.matmul(queue.t());                                     // [B, Q]
        var own = zeros(q.shape[0], int64, device: q.device);                   // the positive stands first
        return functional.cross_entropy(cat([positive, negative], 1) / temperature, own).MoveToOuterDisposeScope();
    }

    /// <summary>The other keys are those of the same batch, of all its parts (MoCo v3; Chen et al. 2021, algorithm 1, "ctr").</summary>
    /// <param name="query">Predictions with a gradient, [B, K].</param>
    /// <param name="key">Projection of each query's other view, [B, K].</param>
    /// <param name="temperature">Divides the similarities; the loss is multiplied by twice of it, which keeps its gradient's size.</param>
    /// <returns>Mean over the batch, scalar.</returns>
    public static Tensor WithinBatch(Tensor query, Tensor key, double temperature)
    {
        using var scope = NewDisposeScope();
        var shared = SharedBatch.Current;
        var keys = shared?.Gather(key) ?? key;
        var similarity = Unit(query).matmul(Unit(keys).t()) / temperature;      // [B, B of all parts]
        var own = arange(query.shape[0], int64, device: query.device) + ((shared?.Part ?? 0) * query.shape[0]);     // key i belongs to query i
        return (functional.cross_entropy(similarity, own) * (2 * temperature)).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of length 1.</summary>
    internal static Tensor Unit(Tensor rows) => functional.normalize(rows, p: 2, dim: -1);
}
