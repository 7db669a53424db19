using SpectralEarth.Storage;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// All trainable parameters, and their gradients, as views of one flat float32 buffer each, so that clearing, clipping,
/// updating and saving are a few operations on long vectors instead of a few on each of hundreds of small tensors.
/// </summary>
/// <remarks>
/// Make it after the module is on its device. A parameter that gets no gradient in a step has gradient zero here
/// (torch's optimizers would leave it out). The parameters stay usable after this object is disposed.
/// </remarks>
public sealed class FlatParameters : IDisposable
{
    /// <summary>Views start at multiples of this many elements (64 bytes), as tensors of their own would.</summary>
    private const long Alignment = 16;

    /// <summary>Elements that several operations in a row work on: on the processor they stay in its cache.</summary>
    private const long ProcessorChunk = 1 << 20, DeviceChunk = 1 << 26;

    /// <summary>Moves the trainable parameters of <paramref name="named"/> into flat buffers.</summary>
    /// <param name="named">State-dict keys and parameters, float32, all on one device; frozen ones are left alone.</param>
    /// <param name="rules">Groups; every trainable parameter must be covered by one.</param>
    /// <exception cref="ArgumentException">There is nothing to train, or a parameter is not float32, on another device, or not covered.</exception>
    public FlatParameters(IEnumerable<(string name, Parameter parameter)> named, IReadOnlyList<ParameterRule> rules)
    {
        var trainable = named.Where(item => item.parameter.requires_grad).ToList();
        if (trainable.Count == 0)
            throw new ArgumentException("There is no trainable parameter.", nameof(named));
        var device = trainable[0].parameter.device;
        foreach (var (name, parameter) in trainable)
            Check(name, parameter, device, rules);

        var (groups, places) = (new List<ParameterGroup>(), new List<ParameterPlace>());
        var length = 0L;
        var ordered = new List<Parameter>();
        foreach (var rule in rules)
        {
            var covered = trainable.Where(item => ReferenceEquals(rules.First(other => other.Covers(item.name, item.parameter)), rule)).ToList();
            if (covered.Count == 0)
                continue;
            var group = new ParameterGroup(length, covered.Sum(item => NextAligned(item.parameter.NumberOfElements)), rule.LearningRateScale, rule.WeightDecay);
            groups.Add(group);
            foreach (var (name, parameter) in covered)
            {
                places.Add(new ParameterPlace(name, length, parameter.NumberOfElements, group, ParameterRule.IsMatrix(name, parameter)));
                ordered.Add(parameter);
                length += NextAligned(parameter.NumberOfElements);
            }
        }

        (Groups, Places, Count) = (groups, places, trainable.Sum(item => item.parameter.NumberOfElements));
        Values = zeros(length, float32, device).DetachFromDisposeScope();
        Gradients = zeros(length, float32, device).DetachFromDisposeScope();
        MoveIn(ordered);
    }

    /// <summary>Values of all parameters, [length]; with zeros between some, see <see cref="Layout"/>.</summary>
    public Tensor Values { get; }

    /// <summary>Gradients of all parameters, [length], zeros between as in <see cref="Values"/>.</summary>
    public Tensor Gradients { get; }

    /// <summary>The groups, in the order of the buffers.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Where each parameter lies, in the order of the buffers.</summary>
    public IReadOnlyList<ParameterPlace> Places { get; }

    /// <summary>Number of trainable parameters, without the gaps.</summary>
    public long Count { get; }

    /// <summary>Checksum of names, places and sizes: buffers saved under one layout fit this one only if these are equal.</summary>
    public string Layout =>
        Checksum.OfText(string.Join('\n', Places.Select(place => $"({place.Name}, {place.First}, {place.Count})")));

    /// <summary>Runs of a part of the buffers that lie in one group and are worked on at a time; together all of it.</summary>
    /// <param name="from">First number of the part.</param>
    /// <param name="length">Numbers of the part.</param>
    /// <param name="whole">Whether a group is one run.</param>
    public IEnumerable<(ParameterGroup Group, long First, long Count)> Chunks(long from, long length, bool whole = false)
    {
        var chunk = whole ? Values.shape[0] : Values.device_type == TorchSharp.DeviceType.CPU ? ProcessorChunk : DeviceChunk;
        foreach (var group in Groups)
        {
            var end = Math.Min(group.First + group.Count, from + length);
            for (var first = Math.Max(group.First, from); first < end; first += chunk)
                yield return (group, first, Math.Min(chunk, end - first));
        }
    }

    /// <summary>The share of the buffers that one of several ranks has: whole parameters, about equally many numbers.</summary>
    public (long First, long Count) Share(int part, int parts)
    {
        var (first, end) = (Border(part), Border(part + 1));
        return (first, end - first);

        long Border(int number) => Places.Select(place => place.First).FirstOrDefault(start => start >= Values.shape[0] * number / parts, Values.shape[0]);
    }

    /// <summary>What optimizers multiply <see cref="Gradients"/> with: 1, or less where they were clipped.</summary>
    public float GradientScale { get; private set; } = 1;

    /// <summary>The gradient that an optimizer goes by: <see cref="Gradients"/> times <see cref="GradientScale"/>.</summary>
    /// <param name="first">First number.</param>
    /// <param name="count">Numbers; all of them are held once more where the gradient is clipped.</param>
    public Tensor ClippedGradient(long first, long count)
    {
        var gradient = Gradients.narrow(0, first, count);
        return GradientScale == 1 ? gradient : gradient.mul(GradientScale);
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ZeroGradients()
    {
        Gradients.zero_();
        GradientScale = 1;
    }

    /// <summary>
    /// Shortens the gradient to <paramref name="maximum"/> if its Euclidean norm is larger (Pascanu et al. 2013, algorithm 1): by
    /// <see cref="GradientScale"/>, so that the optimizer's pass over the gradients does it.
    /// </summary>
    /// <param name="maximum">Largest norm, or null to measure only.</param>
    /// <returns>The norm before clipping; NaN or infinite where a gradient is, and then nothing is clipped.</returns>
    public double ClipGradients(double? maximum)
    {
        using var scope = NewDisposeScope();
        var norm = Gradients.device_type == TorchSharp.DeviceType.CPU ? EuclideanNorm.Of(Gradients) : Gradients.norm().item<float>();
        GradientScale = double.IsFinite(norm) && norm > maximum ? (float)(maximum.Value / (norm + 1e-6)) : 1;
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Gradients.Dispose();
    }

    private static long NextAligned(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Check(string name, Parameter parameter, Device device, IReadOnlyList<ParameterRule> rules)
    {
        if (parameter.dtype != ScalarType.Float32)
            throw new ArgumentException($"{name} is {parameter.dtype}; flat buffers hold Float32.");
        if (parameter.device.type != device.type || parameter.device.index != device.index)
            throw new ArgumentException($"{name} is on {parameter.device}, other parameters are on {device}; move the module first.");
        if (!rules.Any(rule => rule.Covers(name, parameter)))
            throw new ArgumentException($"{name} is covered by no parameter rule.");
    }

    private void MoveIn(List<Parameter> parameters)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, place) in parameters.Zip(Places))
        {
            var view = Values.narrow(0, place.First, place.Count).view(parameter.shape);
            view.copy_(parameter);
            parameter.set_(view);
            parameter.grad = Gradients.narrow(0, place.First, place.Count).view(parameter.shape);
        }
    }
}
