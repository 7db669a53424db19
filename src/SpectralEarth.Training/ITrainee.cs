using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Measuring;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training;

/// <summary>What a run trains: a network with its optimizer, what one step does, and all else that a checkpoint must hold.</summary>
public interface ITrainee : IDisposable
{
    /// <summary>The network.</summary>
    Module Network { get; }

    /// <summary>Its trainable parameters.</summary>
    FlatParameters Parameters { get; }

    /// <summary>Their optimizer.</summary>
    FlatOptimizer Optimizer { get; }

    /// <summary>Further tensors that the next step depends on, by name; a resumed run copies the saved values into them.</summary>
    IReadOnlyDictionary<string, Tensor> Memory => new Dictionary<string, Tensor>();

    /// <summary>Further text that the next step depends on; a resumed run sets what was saved.</summary>
    string Notes
    {
        get => "";
        set => _ = value;
    }

    /// <summary>Told that the run goes on from a checkpoint, whose values are already in place.</summary>
    /// <param name="stepsDone">Steps done.</param>
    void Resumed(long stepsDone)
    {
    }

    /// <summary>Operations of a step and peak of the machine; null where they are not known.</summary>
    StepCost? Cost => null;

    /// <summary>True if the run should end before its last step.</summary>
    bool IsDone => false;

    /// <summary>
    /// Runs one optimizer step. Where loss or gradient is not finite, the report says so and the network
    /// is as before.
    /// </summary>
    /// <param name="index">Step, counted from 0.</param>
    /// <param name="parts">Patches to train on, in equally large parts that go through the network one after the other.</param>
    StepReport Train(long index, IReadOnlyList<PatchBatch> parts);
}
