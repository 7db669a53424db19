using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// Running average of flat parameters on a buffer of its own, updated in one pass: averaged weights for evaluation
/// (Polyak and Juditsky 1992), or the weights of a teacher network (He et al. 2020, equation 2).
/// </summary>
public sealed class ParameterAverage : IDisposable
{
    private readonly FlatParameters parameters;

    /// <summary>Starts with the present values.</summary>
    public ParameterAverage(FlatParameters parameters)
    {
        this.parameters = parameters;
        Values = parameters.Values.clone().DetachFromDisposeScope();
    }

    /// <summary>The average, laid out as <see cref="FlatParameters.Values"/>.</summary>
    public Tensor Values { get; }

    /// <summary>Moves the average towards the parameters.</summary>
    /// <param name="kept">Share of the old average that stays, in [0, 1].</param>
    public void Follow(double kept)
    {
        using var frozen = no_grad();
        Values.lerp_(parameters.Values, 1 - kept);
    }

    /// <summary>
    /// Makes the parameters of <paramref name="teacher"/> views of the average, which takes over the values that they
    /// have; from then on <see cref="Follow"/> changes the teacher. Its other parameters and its buffers are left alone.
    /// </summary>
    /// <param name="teacher">Network whose keys are those of the averaged one without <paramref name="prefix"/>, on the same device.</param>
    /// <param name="prefix">Beginning of the keys of the averaged network that the teacher follows, for example "encoder.".</param>
    /// <exception cref="ArgumentException">The teacher lacks a parameter, or has another shape.</exception>
    public void Carry(Module teacher, string prefix)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var own = teacher.named_parameters().ToDictionary(item => item.name, item => item.parameter);
        var followed = parameters.Places.Where(place => place.Name.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        if (followed.Count == 0)
            throw new ArgumentException($"No averaged parameter begins with \"{prefix}\".", nameof(prefix));
        foreach (var place in followed)
        {
            var name = place.Name[prefix.Length..];
            if (!own.TryGetValue(name, out var parameter) || parameter.NumberOfElements != place.Count)
                throw new ArgumentException($"The teacher has no parameter {name} of {place.Count} numbers.", nameof(teacher));
            parameter.requires_grad = false;
            var view = Values.narrow(0, place.First, place.Count).view(parameter.shape);
            view.copy_(parameter);
            parameter.set_(view);
        }
    }

    /// <summary>Runs <paramref name="use"/> while the network has the averaged weights.</summary>
    public T Use<T>(Func<T> use)
    {
        using var own = parameters.Values.clone().DetachFromDisposeScope();
        Put(Values);
        try
        {
            return use();
        }
        finally
        {
            Put(own);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Values.Dispose();

    private void Put(Tensor values)
    {
        using var frozen = no_grad();
        parameters.Values.copy_(values);
    }
}
