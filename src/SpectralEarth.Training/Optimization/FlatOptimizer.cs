using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// Changes flat parameters by their gradients. All that an optimizer remembers is the number of its updates and
/// buffers laid out as <see cref="FlatParameters.Values"/>.
/// </summary>
public abstract class FlatOptimizer : IDisposable
{
    private readonly Dictionary<string, Tensor> state;

    /// <summary>Starts with zero buffers.</summary>
    /// <param name="parameters">What to train; stays its owner's.</param>
    /// <param name="buffers">Names of the buffers, as in checkpoints.</param>
    private protected FlatOptimizer(FlatParameters parameters, params IEnumerable<string> buffers)
    {
        Parameters = parameters;
        state = buffers.ToDictionary(name => name, _ => zeros_like(parameters.Values).DetachFromDisposeScope());
    }

    /// <summary>Updates done so far.</summary>
    public long Updates { get; private set; }

    /// <summary>The buffers by name, each [length] as <see cref="FlatParameters.Values"/>.</summary>
    public IReadOnlyDictionary<string, Tensor> State => state;

    /// <summary>What is trained.</summary>
    private protected FlatParameters Parameters { get; }

    /// <summary>Updates the parameters from their gradients.</summary>
    /// <param name="learningRate">Learning rate of groups with scale 1.</param>
    public void Step(double learningRate)
    {
        using var frozen = no_grad();
        Updates++;
        Update(learningRate);
    }

    /// <summary>Goes on from saved buffers.</summary>
    /// <param name="updates">Updates that were done.</param>
    /// <param name="saved">A tensor for every name in <see cref="State"/>.</param>
    /// <exception cref="ArgumentException">A buffer is missing or of another length; nothing was changed.</exception>
    public void Restore(long updates, IReadOnlyDictionary<string, Tensor> saved)
    {
        foreach (var (name, buffer) in state)
        {
            if (!saved.TryGetValue(name, out var tensor))
                throw new ArgumentException($"There is no saved {name}; {GetType().Name} needs {string.Join(" and ", state.Keys)}.", nameof(saved));
            if (tensor.numel() != buffer.numel())
                throw new ArgumentException($"The saved {name} holds {tensor.numel()} values; the parameters need {buffer.numel()}.", nameof(saved));
        }

        using var frozen = no_grad();
        Updates = updates;
        foreach (var (name, buffer) in state)
            buffer.copy_(saved[name]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in state.Values)
            buffer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One update, without recording gradients; <see cref="Updates"/> counts it already.</summary>
    private protected abstract void Update(double learningRate);
}
