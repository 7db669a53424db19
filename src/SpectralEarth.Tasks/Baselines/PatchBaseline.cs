using SpectralEarth.Reports;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>An answer for each patch by numbers of the patch as a whole.</summary>
/// <param name="kind">Kind of task.</param>
/// <param name="features">Numbers of patches, N catalog indices, float32 [N, F], on the CPU; cancelled between batches.</param>
/// <param name="model">Model; stays its owner's.</param>
internal sealed class PatchBaseline(IPatchKind kind, Func<IReadOnlyList<int>, CancellationToken, Tensor> features, ISampleModel model) : IBaseline
{
    /// <summary>Most patches that are learned from; of more, evenly chosen ones.</summary>
    private const int MostPatches = 20_000;

    private const int PatchesAtOnce = 64;

    /// <inheritdoc/>
    public void Fit(IReadOnlyList<int> patches, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var known = EvenChoice.Of(patches, MostPatches);
        double[][] truth = [.. known.Select(kind.Truth)];
        model.Fit(features(known, cancel).to_type(ScalarType.Float64), tensor(truth.SelectMany(row => row).ToArray(), [known.Count, truth[0].Length]));
    }

    /// <inheritdoc/>
    public IScoreStore Score(IReadOnlyList<int> patches, CancellationToken cancel) => kind.Score(Answers(patches, cancel));

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, IReadOnlyList<int> patches) => kind.AddExamples(page, Answers(patches, CancellationToken.None));

    private IEnumerable<(int Patch, float[] Answer)> Answers(IReadOnlyList<int> patches, CancellationToken cancel)
    {
        foreach (var some in patches.Chunk(PatchesAtOnce))
        {
            float[] numbers;
            using (NewDisposeScope())
                numbers = model.Answers(features(some, cancel)).contiguous().data<float>().ToArray();
            foreach (var (patch, answer) in some.Zip(numbers.Chunk(numbers.Length / some.Length)))
                yield return (patch, answer);
        }
    }
}
