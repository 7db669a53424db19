using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>Numbers that describe a patch as a whole.</summary>
internal interface IPatchFeatures
{
    /// <summary>Numbers of patches, float32 [N, F], on the CPU.</summary>
    /// <param name="patches">Catalog indices, N.</param>
    /// <param name="cancel">Stops between batches.</param>
    Tensor Of(IReadOnlyList<int> patches, CancellationToken cancel);
}
