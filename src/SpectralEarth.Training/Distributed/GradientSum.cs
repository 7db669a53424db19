using SpectralEarth.Distribution;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Distributed;

/// <summary>
/// Sums flat gradients over ranks. The gradients of a block of the network are sent as soon as the backward pass has left it,
/// while it goes on with the blocks before (Li et al. 2020, section 3.2.3); those of parameters outside blocks at its end.
/// </summary>
internal sealed class GradientSum
{
    private readonly RankBatch batch;
    private readonly FlatParameters parameters;
    private readonly Dictionary<Module, string> names;
    private readonly Dictionary<Module, int> entered = [];
    private readonly List<(long First, long Count, IPendingSum Sum)> begun = [];

    /// <param name="batch">The ranks.</param>
    /// <param name="parameters">Flat gradients.</param>
    /// <param name="network">Network whose parameters they are.</param>
    public GradientSum(RankBatch batch, FlatParameters parameters, Module network)
    {
        (this.batch, this.parameters) = (batch, parameters);
        names = network.named_modules().ToDictionary(item => item.module, item => item.name + ".");
    }

    /// <summary>Notes that a module works on a part of the batch, the gradient of which is yet to come.</summary>
    public void Enter(Module module) => entered[module] = entered.GetValueOrDefault(module) + 1;

    /// <summary>Begins to sum a module's gradients if nothing more is to be added to them.</summary>
    public void Leave(Module module)
    {
        if (--entered[module] > 0)
            return;
        foreach (var (first, count) in RunsOf(names[module]))
        {
            using var run = parameters.Gradients.narrow(0, first, count);       // libtorch's thread has no dispose scope
            begun.Add((first, count, batch.BeginSum(run)));
        }

        foreach (var (_, _, sum) in begun)
            sum.Progress();
    }

    /// <summary>Sums what is left, waits for all sums, and makes them means.</summary>
    public void Finish()
    {
        var next = 0L;
        foreach (var (first, count, _) in begun.OrderBy(one => one.First).Append((parameters.Gradients.shape[0], 0, null!)))
        {
            if (first > next)
                batch.Sum(parameters.Gradients.narrow(0, next, first - next));
            next = first + count;
        }

        foreach (var (_, _, sum) in begun)
            sum.Wait();
        parameters.Gradients.div_(batch.Parts);
        begun.Clear();
        entered.Clear();
    }

    /// <summary>Stretches of the buffer that hold the parameters of a module and no others.</summary>
    private IEnumerable<(long First, long Count)> RunsOf(string prefix)
    {
        var places = parameters.Places;
        for (var i = 0; i < places.Count; i++)
        {
            if (!places[i].Name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var first = i;
            while (i + 1 < places.Count && places[i + 1].Name.StartsWith(prefix, StringComparison.Ordinal))
                i++;
            yield return (places[first].First, places[i].First + places[i].Count - places[first].First);
        }
    }
}
