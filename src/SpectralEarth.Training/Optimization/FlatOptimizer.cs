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

    /// <summary>The whole buffers by name, [length] each: those of all ranks together, all of which call this.</summary>
    public IReadOnlyDictionary<string, Tensor> WholeState() => sharing is null ? state : state.ToDictionary(item => item.Key, item => Whole(item.Value));

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

<<<<<<< HEAD
    /// <summary>Runs of the parameters that this rank updates, as <see cref="FlatParameters.Chunks(long, long, long?)"/>.</summary>
    private protected IEnumerable<(ParameterGroup Group, long First, long Count)> OwnChunks(long? most = null) => Parameters.Chunks(own.First, own.Count, most);
=======
    /// <summary>Runs of the parameters that this rank updates, as <see cref="FlatParameters.Chunks()"/>.</summary>
    /// <param name="whole">Whether a group is one run.</param>
    private protected IEnumerable<(ParameterGroup Group, long First, long Count)> OwnChunks(bool whole = false) =>
        Parameters.Chunks(own.First, own.Count, whole);
>>>>>>> ddp

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

    private Tensor Whole(Tensor share)
    {
        var whole = Parameters.Values.new_zeros(Parameters.Values.shape[0]);
        whole.narrow(0, own.First, own.Count).copy_(share);
        Exchange(whole);
        return whole;
    }
}
