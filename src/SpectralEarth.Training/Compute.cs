using static TorchSharp.torch;

namespace SpectralEarth.Training;

/// <summary>Device and threads that a recipe asks for.</summary>
public static class Compute
{
    /// <summary>The device to run on.</summary>
    /// <exception cref="NotSupportedException">CUDA is asked for but this build or machine has none.</exception>
    public static Device Select(ComputeDevice wanted) => wanted switch
    {
        ComputeDevice.Cpu => CPU,
        ComputeDevice.Cuda when !cuda.is_available() => throw new NotSupportedException(
            "device is cuda, but no CUDA GPU can be used. Build with -p:TorchBackend=cuda-linux or cuda-windows on a machine with an NVIDIA driver, or set device to auto."),
        _ => cuda.is_available() ? CUDA : CPU,
    };

    /// <summary>Sets the threads of the tensor library.</summary>
    /// <param name="threads">Number, or 0 for all cores.</param>
    public static void UseThreads(int threads) => set_num_threads(threads > 0 ? threads : Environment.ProcessorCount);
}
