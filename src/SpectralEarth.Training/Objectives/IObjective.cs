using SpectralEarth.Checkpoints;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Objectives;

/// <summary>What a network learns by in pretraining: its parts, the loss of a batch, and what a report shows of it.</summary>
internal interface IObjective : IDisposable
{
    /// <summary>All parts with their parameters and buffers; those that need a gradient are trained.</summary>
    Module Network { get; }

    /// <summary>The parts of <see cref="Network"/> that other verbs read from a checkpoint, <c>encoder.*</c> among them.</summary>
    Module Kept { get; }

    /// <summary>What the loss is, for charts.</summary>
    string LossName { get; }

    /// <summary>The description that checkpoints carry.</summary>
    /// <param name="encoder">Description of the encoder alone.</param>
    ModelDescription Describe(ModelDescription encoder);

    /// <summary>Takes the weights that training begins with, before <see cref="Begin"/>: the encoder's, and what else the checkpoint has of the same shape. Fixed positions for another image size stay the network's own.</summary>
    /// <param name="weights">Checkpoint.</param>
    /// <returns>What was taken and what begins with random weights, in words for the log.</returns>
    /// <exception cref="CheckpointException">Lists all keys that do not fit.</exception>
    string StartFrom(Checkpoint weights);

    /// <summary>What a log says of positions besides the weights that were taken.</summary>
    /// <param name="kept">True if the network has its own.</param>
    static string OwnPositions(bool kept) => kept ? "; the fixed positions are computed for this crop_size" : "";

    /// <summary>Told once, before the first step, of the flat buffers that the trained parameters now lie in.</summary>
    void Begin(FlatParameters parameters)
    {
    }

    /// <summary>The loss of one step, attached to the graph of its gradient.</summary>
    /// <param name="batch">Patches to train on, or a part of them where gradients are accumulated.</param>
    /// <param name="step">Step, counted from 0; with the seed it decides every draw.</param>
    /// <returns>Scalar.</returns>
    Tensor Loss(PatchBatch batch, long step);

    /// <summary>Changes the gradients of a step before they are clipped and used.</summary>
    /// <param name="step">Step, counted from 0.</param>
    void AdjustGradients(long step)
    {
    }

    /// <summary>Told once at the end of each step: what the objective remembers changes here, not in <see cref="Loss"/>, of which a step may have several.</summary>
    /// <param name="step">Step, counted from 0.</param>
    /// <param name="isUsed">False if loss or gradient was not finite: such a step changes nothing.</param>
    void EndStep(long step, bool isUsed)
    {
    }

    /// <summary>Told that a run goes on from a checkpoint.</summary>
    /// <param name="step">Steps done.</param>
    void Resumed(long step)
    {
    }

    /// <summary>Adds to a report what the network makes of some patches.</summary>
    /// <param name="page">Report.</param>
    /// <param name="dataset">Data set.</param>
    /// <param name="patches">Catalog indices of examples.</param>
    void Illustrate(ReportPage page, Dataset dataset, IReadOnlyList<int> patches);
}
