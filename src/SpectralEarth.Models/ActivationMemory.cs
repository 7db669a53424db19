using SpectralEarth.Models.Layers;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>What a network keeps for its backward pass.</summary>
public static class ActivationMemory
{
    /// <summary>
    /// Sets whether transformer blocks keep their input only and run once more in the backward pass, which takes a third more
    /// work and far less memory.
    /// </summary>
    public static void Recompute(Module network, bool recompute)
    {
        foreach (var block in network.modules().OfType<TransformerBlock>())
            block.IsRecomputed = recompute;
    }
}
