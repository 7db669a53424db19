using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>A classifier of single pixels by some numbers of each.</summary>
internal interface IPixelModel : IDisposable
{
    /// <summary>Fits the model.</summary>
    /// <param name="inputs">Numbers of the training pixels, float64 [M, F], on the CPU.</param>
    /// <param name="labels">Their classes, int64 [M].</param>
    /// <param name="classes">Classes L.</param>
    void Fit(Tensor inputs, Tensor labels, int classes);

    /// <summary>Class probabilities of pixels.</summary>
    /// <param name="inputs">Float32 [M, F].</param>
    /// <returns>Float32 [M, L].</returns>
    Tensor Probabilities(Tensor inputs);
}
