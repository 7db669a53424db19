using SpectralEarth.Checkpoints;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The file of a run's best weights so far.</summary>
/// <param name="path">The file.</param>
/// <param name="description">What the network is.</param>
internal sealed class BestWeights(string path, ModelDescription description)
{
    /// <summary>Step of the weights in the file; null if there is none.</summary>
    /// <exception cref="CheckpointException">The description is damaged; the weights are not looked at.</exception>
    public long? Step => File.Exists(path) ? Read<long?>(() =>
    {
        using var file = SafeTensorsFile.Open(path);
        return CheckpointFile.Describe(file).Provenance.Step;
    }) : null;

    /// <summary>Writes a network's weights in place of those before.</summary>
    /// <param name="network">Network.</param>
    /// <param name="step">Steps that it was trained.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(nn.Module network, long step)
    {
        using var scope = NewDisposeScope();
        var tensors = network.state_dict().ToDictionary(item => CheckpointFile.ModelPrefix + item.Key, item => item.Value);
        var saved = description with { Provenance = description.Provenance with { Step = step } };
        SafeTensorsFile.Write(path, tensors, new Dictionary<string, string> { [ModelDescription.MetadataKey] = saved.ToJson() });
    }

    /// <summary>Puts the weights into a network.</summary>
    /// <param name="network">Network of the same shape, on the processor.</param>
    /// <returns>Steps that they were trained.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged, or of another network.</exception>
    public long LoadInto(nn.Module network) => Read(() =>
    {
        using var checkpoint = Checkpoint.Open(path);
        checkpoint.LoadAllInto(network);
        return checkpoint.Description.Provenance.Step;
    });

    /// <summary>Tells what can be done about weights that only this file holds.</summary>
    private T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CheckpointException cause)
        {
            throw new CheckpointException(
                $"{(File.Exists(path) ? cause.Message : $"{path}: the file is gone.")} These are the run's best weights: copy the file back, or start the run anew, in another --out or in its own folder once that is deleted.", cause);
        }
    }
}
