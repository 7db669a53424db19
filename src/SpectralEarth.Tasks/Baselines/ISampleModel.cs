using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>A model that answers from some numbers of a sample, which is a pixel or a patch.</summary>
internal interface ISampleModel : IDisposable
{
    /// <summary>Fits the model.</summary>
    /// <param name="inputs">Numbers of the training samples, float64 [M, F], on the CPU.</param>
    /// <param name="targets">What is to be answered, float64 [M, K]: a class, as 1 among 0; a set of classes, as 1 and 0; or numbers of like scale.</param>
    void Fit(Tensor inputs, Tensor targets);

    /// <summary>Class probabilities or numbers of samples.</summary>
    /// <param name="inputs">Float32 [M, F].</param>
    /// <returns>Float32 [M, K].</returns>
    Tensor Answers(Tensor inputs);
}
