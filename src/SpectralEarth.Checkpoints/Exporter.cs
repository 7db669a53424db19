namespace SpectralEarth.Checkpoints;

/// <summary>Writes trained encoders for other tools.</summary>
public static class Exporter
{
    /// <summary>Writes the encoder of a checkpoint under the reference implementation's parameter names.</summary>
    /// <param name="checkpointPath">Checkpoint of this program.</param>
    /// <param name="outPath">safetensors file to write.</param>
    /// <exception cref="CheckpointException">The checkpoint is unreadable or lacks encoder keys.</exception>
    public static void ExportSafeTensors(string checkpointPath, string outPath) => throw new NotImplementedException();
}
