using SpectralEarth.Training.Distributed;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// Changes flat parameters by their gradients. All that an optimizer remembers is the number of its updates and
/// buffers laid out as <see cref="FlatParameters.Values"/>.
/// </summary>
public abstract class FlatOptimizer : IDisposable
{
    private readonly Dictionary<string, Tensor> state;
    private readonly RankBatch? sharing;
    private readonly (long First, long Count) own;

    /// <summary>Starts with zero buffers.</summary>
    /// <param name="parameters">What to train; stays its owner's.</param>
    /// <param name="sharing">Ranks each of which keeps a share of the buffers and updates those parameters; null if each has them all.</param>
    /// <param name="buffers">Names of the buffers, as in checkpoints.</param>
    private protected FlatOptimizer(FlatParameters parameters, RankBatch? sharing, params IEnumerable<string> buffers)
    {
        (Parameters, this.sharing) = (parameters, sharing);
        own = sharing is null ? (0, parameters.Values.shape[0]) : parameters.Share(sharing.Part, sharing.Parts);
        state = buffers.ToDictionary(name => name, _ => parameters.Values.new_zeros(own.Count).DetachFromDisposeScope());
    }

    /// <summary>Updates done so far.</summary>
    public long Updates { get; private set; }

    /// <summary>The buffers by name, each [length] as <see cref="FlatParameters.Values"/>, or this rank's share of that.</summary>
    public IReadOnlyDictionary<string, Tensor> State => state;

    /// <summary>
    /// The whole buffers by name, [length] each. Where ranks share them, all of which then call this, the first one gets them in the
    /// processor's memory, share by share, so that no device needs room for them; the others get none.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> WholeState()
    {
        if (sharing is null)
            return state;
        var whole = new Dictionary<string, Tensor>();
        foreach (var (name, share) in state)
        {
            if (Whole(share) is { } buffer)
                whole[name] = buffer;
        }

        return whole;
    }

    /// <summary>What is trained.</summary>
    private protected FlatParameters Parameters { get; }

    /// <summary>Updates the parameters from their gradients.</summary>
    /// <param name="learningRate">Learning rate of groups with scale 1.</param>
    public void Step(double learningRate)
    {
        using var frozen = no_grad();
        Updates++;
        Update(learningRate);
        if (sharing is not null)
            Exchange(Parameters.Values);
    }

    /// <summary>Goes on from saved buffers.</summary>
    /// <param name="updates">Updates that were done.</param>
    /// <param name="saved">A tensor for every name in <see cref="State"/>.</param>
    /// <exception cref="ArgumentException">A buffer is missing or of another length; nothing was changed.</exception>
    public void Restore(long updates, IReadOnlyDictionary<string, Tensor> saved)
    {
        foreach (var name in state.Keys)
        {
            if (!saved.TryGetValue(name, out var tensor))
                throw new ArgumentException($"There is no saved {name}; {GetType().Name} needs {string.Join(" and ", state.Keys)}.", nameof(saved));
            if (tensor.numel() != Parameters.Values.numel())
                throw new ArgumentException($"The saved {name} holds {tensor.numel()} values; the parameters need {Parameters.Values.numel()}.", nameof(saved));
        }

        using var frozen = no_grad();
        Updates = updates;
        foreach (var (name, buffer) in state)
            buffer.copy_(saved[name].narrow(0, own.First, own.Count));
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

    /// <summary>Runs of the parameters that this rank updates, as <see cref="FlatParameters.Chunks"/>.</summary>
    /// <param name="whole">Whether a group is one run.</param>
    private protected IEnumerable<(ParameterGroup Group, long First, long Count)> OwnChunks(bool whole = false) =>
        Parameters.Chunks(own.First, own.Count, whole);

    /// <summary>The parameters that this rank updates.</summary>
    private protected IEnumerable<ParameterPlace> OwnPlaces() =>
        Parameters.Places.Where(place => place.First >= own.First && place.First < own.First + own.Count);

    /// <summary>A part of a buffer.</summary>
    /// <param name="buffer">Its name.</param>
    /// <param name="first">First parameter, as in <see cref="FlatParameters.Values"/>.</param>
    /// <param name="count">Number of parameters.</param>
    private protected Tensor Remembered(string buffer, long first, long count) => state[buffer].narrow(0, first - own.First, count);

    /// <summary>Gives every rank the shares of the others.</summary>
    private void Exchange(Tensor whole)
    {
        for (var part = 0; part < sharing!.Parts; part++)
        {
            var (first, count) = Parameters.Share(part, sharing.Parts);
            sharing.Broadcast(whole.narrow(0, first, count), part);
        }
    }

    private Tensor? Whole(Tensor share)
    {
        using var scope = NewDisposeScope();
        var whole = sharing!.Part == 0 ? empty(Parameters.Values.shape[0], share.dtype, CPU) : null;
        for (var part = 0; part < sharing.Parts; part++)
        {
            using var step = NewDisposeScope();
            var (first, count) = Parameters.Share(part, sharing.Parts);
            var values = part == sharing.Part ? share : share.new_empty(count);
            sharing.Broadcast(values, part);
            whole?.narrow(0, first, count).copy_(values);
        }

        return whole?.MoveToOuterDisposeScope();
    }
}
