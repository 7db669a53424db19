using SpectralEarth.Checkpoints;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Runs;

/// <summary>
/// A checkpoint of a run: one safetensors file with the network (<c>model.*</c>, BatchNorm statistics included), the
/// optimizer's buffers (flat) and the trainee's memory (<c>optimizer.*</c>), the description that other verbs need, and
/// the position of the run.
/// </summary>
internal static class RunCheckpoint
{
    private const string OptimizerPrefix = "optimizer.";

    /// <summary>All tensors that the run needs to go on, by name, not copied unless ranks share them. All ranks call this; the first one has them all.</summary>
    public static Dictionary<string, Tensor> Tensors(ITrainee trainee)
    {
        var tensors = trainee.Network.state_dict().ToDictionary(item => CheckpointFile.ModelPrefix + item.Key, item => item.Value);
        foreach (var (name, tensor) in trainee.Optimizer.WholeState().Concat(trainee.Memory))
            tensors[OptimizerPrefix + name] = tensor;
        return tensors;
    }

    /// <summary>What is said about them.</summary>
    public static Dictionary<string, string> Metadata(ModelDescription description, RunPosition position) => new()
    {
        [ModelDescription.MetadataKey] = description.ToJson(),
        [RunPosition.MetadataKey] = position.ToJson(),
    };

    /// <summary>Position of the run that made a checkpoint.</summary>
    /// <exception cref="CheckpointException">The file is no checkpoint of a run.</exception>
    public static RunPosition Position(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        return RunPosition.FromMetadata(file);
    }

    /// <summary>What is wrong with a file: header, sizes, checksums, a position that is not of <paramref name="named"/>; null if it is whole.</summary>
    /// <param name="path">File.</param>
    /// <param name="named">Step in its name.</param>
    public static CheckpointException? Damage(string path, long named)
    {
        try
        {
            using var file = SafeTensorsFile.Open(path);
            file.VerifyChecksum();
            var step = RunPosition.FromMetadata(file).Step;
            return step == named ? null
                : new CheckpointException($"{path}: the metadata say step {step}, the name says {named}. The file is damaged or was renamed: use another checkpoint.");
        }
        catch (CheckpointException error)
        {
            return error;
        }
    }

    /// <summary>Puts a checkpoint that is whole into <paramref name="trainee"/>.</summary>
    /// <param name="path">File to read.</param>
    /// <param name="trainee">Network and optimizer of the same recipe.</param>
    /// <param name="dataFingerprint">Fingerprint of the data set of this run.</param>
    /// <exception cref="CheckpointException">The file is of another network, layout or data set; nothing was changed.</exception>
    public static RunPosition Read(string path, ITrainee trainee, string dataFingerprint)
    {
        using var file = SafeTensorsFile.Open(path);
        var position = RunPosition.FromMetadata(file);
        position.ThrowUnlessFits(path, trainee.Parameters.Layout, dataFingerprint);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var buffers = trainee.Optimizer.State.Keys.ToDictionary(name => name, name => file.Read(OptimizerPrefix + name));
        var memory = trainee.Memory.Select(item => (Target: item.Value, Saved: file.Read(OptimizerPrefix + item.Key))).ToList();
        WeightLoader.Load(trainee.Network, file, CheckpointFile.ModelPrefix);
        trainee.Optimizer.Restore(position.Updates, buffers);
        foreach (var (target, saved) in memory)
            target.copy_(saved);
        trainee.Notes = position.Notes;
        return position;
    }
}
