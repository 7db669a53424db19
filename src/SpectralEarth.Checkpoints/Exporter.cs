using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints;

/// <summary>Writes trained encoders for other tools.</summary>
public static class Exporter
{
    /// <summary>
    /// Writes the encoder of a checkpoint under the reference implementation's parameter names
    /// (<c>spectral_adapter.*</c>, <c>vit_core.*</c>), with metadata <c>format</c> = <c>pt</c> and the description.
    /// </summary>
    /// <param name="checkpointPath">Checkpoint of this program.</param>
    /// <param name="outPath">safetensors file to write.</param>
    /// <returns>Number of tensors written.</returns>
    /// <exception cref="CheckpointException">The checkpoint is unreadable or does not hold exactly the encoder it describes.</exception>
    public static int ExportSafeTensors(string checkpointPath, string outPath)
    {
        using var file = SafeTensorsFile.Open(checkpointPath);
        var description = CheckpointFile.Describe(file);
        file.VerifyChecksum();
        using var encoder = new SpectralViT(description.Encoder);
        WeightLoader.Load(encoder, file, CheckpointFile.EncoderPrefix);

        var metadata = new Dictionary<string, string> { ["format"] = "pt", [ModelDescription.MetadataKey] = description.ToJson() };
        var tensors = encoder.state_dict();
        SafeTensorsFile.Write(outPath, tensors, metadata);
        return tensors.Count;
    }
}
