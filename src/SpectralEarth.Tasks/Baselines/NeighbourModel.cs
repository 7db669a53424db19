using SpectralEarth.Randomness;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>
/// Nearest neighbours by the cosine of standardised numbers: each of the k nearest training samples votes for its classes,
/// or its numbers, with the weight exp(cosine / 0.07), as is usual for frozen features (Wu et al. 2018, section 3.4; DINO, Caron et al. 2021).
/// </summary>
/// <param name="seed">Decides which training samples are kept where there are too many.</param>
internal sealed class NeighbourModel(long seed) : ISampleModel
{
    private const int Neighbours = 20, MostSamples = 5000, SamplesAtOnce = 4096;
    private const double Temperature = 0.07;

    private Standardization? standard;
    private Tensor? known, votes;    // [M, F], [M, K]

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        standard = new Standardization(inputs);
        long[] order = [.. Enumerable.Range(0, (int)inputs.shape[0])];
        new SeededRandom(seed, "neighbours").Shuffle<long>(order);
        var kept = tensor(order.Take(MostSamples).Order().ToArray());
        known = Directions(standard.Apply(inputs.index_select(0, kept)).to_type(ScalarType.Float32)).DetachFromDisposeScope();
        votes = targets.index_select(0, kept).to_type(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Answers(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var first = 0L; first < inputs.shape[0]; first += SamplesAtOnce)
        {
            using var part = NewDisposeScope();
            var directions = Directions(standard!.Apply(inputs.narrow(0, first, Math.Min(SamplesAtOnce, inputs.shape[0] - first))));
            var (cosines, nearest) = directions.matmul(known!.transpose(0, 1)).topk((int)Math.Min(Neighbours, known.shape[0]), 1);    // [P, k]
            var weights = (cosines / Temperature).softmax(1).unsqueeze(2);                                                           // [P, k, 1]
            var answers = votes!.index_select(0, nearest.flatten()).view(nearest.shape[0], nearest.shape[1], -1);                     // [P, k, K]
            parts.Add((weights * answers).sum([1]).MoveToOuterDisposeScope());
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
