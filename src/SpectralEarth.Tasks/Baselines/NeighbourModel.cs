using SpectralEarth.Randomness;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>
/// Nearest neighbours by the cosine of standardised numbers: each of the k nearest training pixels votes for its class with
/// the weight exp(cosine / 0.07), as is usual for frozen features (Wu et al. 2018, section 3.4; DINO, Caron et al. 2021).
/// </summary>
/// <param name="seed">Decides which training pixels are kept where there are too many.</param>
internal sealed class NeighbourModel(long seed) : IPixelModel
{
    private const int Neighbours = 20, MostPixels = 5000, PixelsAtOnce = 4096;
    private const double Temperature = 0.07;

    private Standardization? standard;
    private Tensor? known, votes;    // [M, F], [M, L]

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor labels, int classes)
    {
        using var scope = NewDisposeScope();
        standard = new Standardization(inputs);
        long[] order = [.. Enumerable.Range(0, (int)inputs.shape[0])];
        new SeededRandom(seed, "neighbours").Shuffle<long>(order);
        var kept = tensor(order.Take(MostPixels).Order().ToArray());
        known = Directions(standard.Apply(inputs.index_select(0, kept)).to_type(ScalarType.Float32)).DetachFromDisposeScope();
        votes = functional.one_hot(labels.index_select(0, kept), classes).to_type(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Probabilities(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var first = 0L; first < inputs.shape[0]; first += PixelsAtOnce)
        {
            using var part = NewDisposeScope();
            var directions = Directions(standard!.Apply(inputs.narrow(0, first, Math.Min(PixelsAtOnce, inputs.shape[0] - first))));
            var (cosines, nearest) = directions.matmul(known!.transpose(0, 1)).topk((int)Math.Min(Neighbours, known.shape[0]), 1);    // [P, k]
            var weights = (cosines / Temperature).softmax(1).unsqueeze(2);                                                           // [P, k, 1]
            var classes = votes!.index_select(0, nearest.flatten()).view(nearest.shape[0], nearest.shape[1], -1);                     // [P, k, L]
            parts.Add((weights * classes).sum([1]).MoveToOuterDisposeScope());
        }

        return cat(parts, 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        standard?.Dispose();
        known?.Dispose();
        votes?.Dispose();
    }

    private static Tensor Directions(Tensor inputs) => functional.normalize(inputs, p: 2, dim: 1);
}
