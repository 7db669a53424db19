using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Models.Contrastive;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Reporting;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Objectives;

/// <summary>Learning from several views of a location, with a network that follows the one being trained.</summary>
/// <param name="network">All parts, on their device; disposed with this object.</param>
/// <param name="networks">The two networks among them, under the key <c>networks</c>.</param>
/// <param name="kept">The encoder among them that is kept.</param>
/// <param name="views">Images for a batch.</param>
/// <param name="plan">The views of a sample.</param>
/// <param name="momentum">Share of the following network that stays when it moves.</param>
/// <param name="length">Length of the run.</param>
internal abstract class ViewObjective(
    Module network, MomentumPair networks, Encoder kept, TrainingViews views, ViewPlan plan, MomentumRecipe momentum, RunLength length) : IObjective
{
    private readonly KeptEncoder kept = new(kept);
    private ParameterAverage? average;

    public Module Network => network;

    public Module Kept => kept;

    public abstract string LossName { get; }

    /// <summary>Length of the run.</summary>
    protected RunLength Length => length;

    public ModelDescription Describe(ModelDescription encoder) => encoder;

    public string StartFrom(Checkpoint weights)
    {
        var kept = weights.LoadKeepingPositions(networks.Online.Encoder);
        networks.CopyEncoder();     // who follows begins where the other does, whatever random weights would do
        return "encoder; the heads begin with random weights" + IObjective.OwnPositions(kept);
    }

    public void Begin(FlatParameters parameters)
    {
        average = new ParameterAverage(parameters);
        average.Carry(networks.Follower, "networks.online.");
        average.Follow(momentum.At(0, length));
    }

    public Tensor Loss(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        return Loss(views.Of(batch, step, plan), step).MoveToOuterDisposeScope();
    }

    public virtual void AdjustGradients(long step)
    {
    }

    public void EndStep(long step, bool isUsed)
    {
        Remember(isUsed);
        if (isUsed)
            average!.Follow(momentum.At(step + 1, length));         // the move before the next step, made at the end of this one
    }

    public virtual void Resumed(long step)
    {
    }

    public void Illustrate(ReportPage page, Dataset dataset, IReadOnlyList<int> patches)
    {
        FeatureMapSection.AddTo(page, kept.Encoder, views.Still(), dataset, patches);
        FeatureSpread.AddTo(page, kept.Encoder, views.Still(), dataset);
    }

    public void Dispose()
    {
        network.Dispose();
        average?.Dispose();
    }

    /// <summary>The loss of one step, attached to the graph of its gradient.</summary>
    /// <param name="seen">Images of each view of the plan, [B, C, S, S].</param>
    /// <param name="step">Step, counted from 0.</param>
    /// <returns>Scalar.</returns>
    protected abstract Tensor Loss(IReadOnlyList<Tensor> seen, long step);

    /// <summary>Takes what the step's parts had for a memory into it, or drops it.</summary>
    /// <param name="isUsed">False if the step was skipped.</param>
    protected virtual void Remember(bool isUsed)
    {
    }
}
