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
internal abstract class ViewObjective(Module network, MomentumPair networks, Encoder kept, TrainingViews views) : IObjective
{
    private readonly KeptEncoder kept = new(kept);
    private ParameterAverage? average;

    public Module Network => network;

    public Module Kept => kept;

    public abstract string LossName { get; }

    public ModelDescription Describe(ModelDescription encoder) => encoder;

    public void Begin(FlatParameters parameters)
    {
        average = new ParameterAverage(parameters);
        average.Carry(networks.Follower, "networks.online.");
    }

    public void BeginStep(long step) => average!.Follow(KeptShare(step));

    public abstract Tensor Loss(PatchBatch batch, long step);

    public virtual void AdjustGradients(long step)
    {
    }

    public virtual void EndStep(long step, bool isUsed)
    {
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

    /// <summary>Share of the following network that stays when it moves, at the beginning of a step.</summary>
    protected abstract double KeptShare(long step);
}
