using static TorchSharp.torch;

namespace SpectralEarth.Models.Contrastive;

/// <summary>
/// What the parts of a training step's batch leave for its end, so that a memory (queue, centre) changes once per step, however
/// many parts there are, and not at all where the step is skipped. Between steps there is nothing in it.
/// </summary>
internal sealed class PartResults : IDisposable
{
    private readonly List<Tensor> results = [];

    /// <summary>Keeps a part's result, without gradient.</summary>
    public void Add(Tensor result) => results.Add(result.detach().DetachFromDisposeScope());

    /// <summary>The results one after the other along the first axis.</summary>
    public Tensor Joined() => cat(results);

    /// <summary>Forgets all results.</summary>
    public void Clear()
    {
        results.ForEach(result => result.Dispose());
        results.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
