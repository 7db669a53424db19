using SpectralEarth.Models;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Distributed;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training;

/// <summary>
/// One optimizer step, whatever the loss: gradients summed over the parts of the batch and averaged over ranks, clipping, update. Where loss or
/// gradient is not finite, nothing changes. Synchronous on purpose: a dispose scope belongs to one thread.
/// </summary>
public sealed class TrainingStep : IDisposable
{
    private readonly LearningRateSchedule schedule;
    private readonly ModuleBuffers buffers;
    private readonly double? longestGradient;
    private readonly Precision precision;
    private readonly RankBatch? shared;
    private readonly GradientSum? gradients;
    private readonly bool overlap;

    /// <summary>Moves the network's trainable parameters into flat buffers.</summary>
    /// <param name="network">Network on its device; stays its owner's.</param>
    /// <param name="rules">Parameter groups.</param>
    /// <param name="recipe">Optimizer, schedule and length of the run.</param>
    /// <param name="patches">Patches to train on.</param>
    /// <param name="shared">The ranks that share every batch; null if this process has it alone.</param>
    public TrainingStep(Module network, IReadOnlyList<ParameterRule> rules, TrainingRecipe recipe, int patches, RankBatch? shared = null)
    {
        this.shared = shared;
        schedule = recipe.LearningRates(patches);
        (longestGradient, precision) = (recipe.Optimizer.ClipGradients, recipe.Precision);
        ActivationMemory.Recompute(network, recipe.Recompute);
        Parameters = new FlatParameters(network.named_parameters(), rules);
        Optimizer = recipe.Optimizer.CreateFor(Parameters, shared);
        gradients = shared is null ? null : new GradientSum(shared, Parameters, network);
        overlap = recipe.OverlapGradients;
        buffers = new ModuleBuffers(network);
    }

    /// <summary>What is trained.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>How it is trained.</summary>
    public FlatOptimizer Optimizer { get; }

    /// <summary>Runs one step.</summary>
    /// <param name="step">Step, counted from 0.</param>
    /// <param name="parts">Equally large parts of this rank's share of the batch, which go through the network one after the other.</param>
    /// <param name="loss">Mean loss of a part: scalar, attached to the graph of its gradient.</param>
    /// <param name="beforeUpdate">May change the gradient before it is clipped.</param>
    public StepReport Run(long step, IReadOnlyList<PatchBatch> parts, Func<PatchBatch, Tensor> loss, Action? beforeUpdate = null)
    {
        using var scope = NewDisposeScope();
        Parameters.ZeroGradients();
        buffers.Remember();
        var total = zeros(1, device: Parameters.Values.device);
        foreach (var part in parts)
        {
            using var inner = NewDisposeScope();
            if (shared is not null && overlap)
                shared.Gradients = part == parts[^1] ? gradients : null;      // the last part completes the gradients
            var mean = Loss(part, loss) / parts.Count;
            mean.backward();
            total.add_(mean.detach());
        }

        Average(total);
        beforeUpdate?.Invoke();
        var norm = Parameters.ClipGradients(longestGradient);
        var report = new StepReport(step + 1, (step + 1) / schedule.Run.StepsPerEpoch, total.item<float>(), schedule.At(step), norm);
        if (report.IsFinite)
            Optimizer.Step(report.LearningRate);
        else
            buffers.Restore();
        return report;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        buffers.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
    }

    /// <summary>Means of loss and gradients over ranks, in place: what is not finite on one rank is so on all.</summary>
    private void Average(Tensor loss)
    {
        if (shared is null)
            return;
        gradients!.Finish();
        shared.Sum(loss);
        loss.div_(shared.Parts);
    }

    private Tensor Loss(PatchBatch part, Func<PatchBatch, Tensor> loss)
    {
        using var products = MixedPrecision.Use(precision);
        using var sharing = SharedBatch.Use(shared);
        return loss(part);
    }
}
