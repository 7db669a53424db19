using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2) on flat buffers; torch's arithmetic.</summary>
/// <remarks>
/// The buffers are walked in chunks that stay in the cache: memory is read and written once per step, and temporaries
/// are of chunk size.
/// </remarks>
public sealed class AdamW : IDisposable
{
    private const long ProcessorChunk = 1 << 20, DeviceChunk = 1 << 26;

    private readonly FlatParameters parameters;
    private readonly double beta1, beta2, eps;

    /// <summary>Starts with zero moments.</summary>
    public AdamW(FlatParameters parameters, OptimizerRecipe recipe)
    {
        this.parameters = parameters;
        (beta1, beta2, eps) = (recipe.Betas[0], recipe.Betas[1], recipe.Eps);
        FirstMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        SecondMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>Updates done so far; decides the bias correction.</summary>
    public long Updates { get; private set; }

    /// <summary>Running mean of the gradient, laid out as <see cref="FlatParameters.Values"/>.</summary>
    public Tensor FirstMoment { get; }

    /// <summary>Running mean of the squared gradient, laid out as <see cref="FlatParameters.Values"/>.</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Updates the parameters from their gradients.</summary>
    /// <param name="learningRate">Learning rate of groups with scale 1.</param>
    public void Step(double learningRate)
    {
        using var noGradient = no_grad();
        Updates++;
        var chunk = parameters.Values.device_type == TorchSharp.DeviceType.CPU ? ProcessorChunk : DeviceChunk;
        foreach (var group in parameters.Groups)
        {
            for (var first = group.First; first < group.First + group.Count; first += chunk)
                StepChunk(first, Math.Min(chunk, group.First + group.Count - first), group, learningRate * group.LearningRateScale);
        }
    }

    /// <summary>Goes on from saved moments.</summary>
    /// <exception cref="ArgumentException">The moments are of another length.</exception>
    public void Restore(long updates, Tensor firstMoment, Tensor secondMoment)
    {
        if (firstMoment.numel() != FirstMoment.numel() || secondMoment.numel() != SecondMoment.numel())
            throw new ArgumentException($"Moments hold {firstMoment.numel()} and {secondMoment.numel()} values; the parameters need {FirstMoment.numel()}.");
        Updates = updates;
        FirstMoment.copy_(firstMoment);
        SecondMoment.copy_(secondMoment);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    private void StepChunk(long first, long count, ParameterGroup group, double learningRate)
    {
        using var scope = NewDisposeScope();
        var value = parameters.Values.narrow(0, first, count);
        var gradient = parameters.Gradients.narrow(0, first, count);
        var mean = FirstMoment.narrow(0, first, count);
        var square = SecondMoment.narrow(0, first, count);

        if (group.WeightDecay != 0)
            value.mul_(1 - (learningRate * group.WeightDecay));
        mean.mul_(beta1).add_(gradient, 1 - beta1);
        square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        var denominator = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, Updates))).add_(eps);
        value.addcdiv_(mean, denominator, -learningRate / (1 - Math.Pow(beta1, Updates)));
    }
}
