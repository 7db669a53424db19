using SpectralEarth.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>A network on a pretrained encoder.</summary>
/// <param name="Module">The whole network; its encoder's keys begin with "encoder.".</param>
/// <param name="Encoder">The pretrained part of it.</param>
internal sealed record TaskNetwork(Module<Tensor, Tensor> Module, Encoder Encoder) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Module.Dispose();
}
