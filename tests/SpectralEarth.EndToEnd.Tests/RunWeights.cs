using SpectralEarth.Checkpoints;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>The tensors of a run's last checkpoint, as text that can be compared.</summary>
internal static class RunWeights
{
    /// <summary>Checksums of the tensors by name.</summary>
    internal static Dictionary<string, string> Of(string run)
    {
        using var file = SafeTensorsFile.Open(CheckpointFile.Resolve(run));
        return file.Names.ToDictionary(name => name, name =>
        {
            using var tensor = file.Read(name);
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(tensor.bytes));
        });
    }
}
