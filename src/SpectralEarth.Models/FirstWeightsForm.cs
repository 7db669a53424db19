namespace SpectralEarth.Models;

/// <summary>How the weights of a transformer begin. Adapter, heads and residual networks begin the same way in either.</summary>
public enum FirstWeightsForm
{
    /// <summary>Xavier uniform linear layers and token projection, class token of deviation 0.02 (He et al. 2022, appendix A.1).</summary>
    Xavier,

    /// <summary>
    /// timm's own: linear layers of deviation 0.02 (its cut at 2 lies a hundred deviations out), token projection as PyTorch's
    /// convolutions, class token of deviation 1e-6.
    /// </summary>
    Timm,
}
