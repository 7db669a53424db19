using static TorchSharp.torch;

namespace SpectralEarth.Tasks;

/// <summary>A network whose answers are not numbers, because its training diverged.</summary>
/// <param name="network">Run or file that the network is of.</param>
public sealed class DivergedNetworkException(string network) : ArithmeticException(
    $"{network}: the network's answers are not numbers, because its training diverged. Lower optimizer.learning_rate or set optimizer.clip_gradients, and start a new run.")
{
    /// <summary>Looks at probabilities or estimates before anyone takes them for such.</summary>
    /// <param name="answers">A network's answers, of any shape.</param>
    /// <param name="network">Run or file that the network is of.</param>
    /// <exception cref="DivergedNetworkException">One is NaN or infinite.</exception>
    internal static void ThrowIfNotFinite(Tensor answers, string network)
    {
        using var scope = NewDisposeScope();
        if (!answers.isfinite().all().item<bool>())
            throw new DivergedNetworkException(network);
    }
}
