using SpectralEarth.Recipes;
using static TorchSharp.torch;

namespace SpectralEarth.Training;

/// <summary>Device and threads that a recipe asks for.</summary>
public static class Compute
{
    /// <summary>The device to run on: of several GPUs the one of this rank.</summary>
    /// <exception cref="RecipeException">CUDA is asked for but this build or machine has none.</exception>
    public static Device Select(ComputeDevice wanted, int localRank = 0) => wanted switch
    {
        ComputeDevice.Cpu => CPU,
        ComputeDevice.Cuda when !cuda.is_available() => throw new RecipeException(
            "device is cuda, but no CUDA GPU can be used. Build with -p:TorchBackend=cuda-linux or cuda-windows on a machine with an NVIDIA driver, or set device to auto."),
        _ => cuda.is_available() ? new Device(TorchSharp.DeviceType.CUDA, localRank % cuda.device_count()) : CPU,
    };

    /// <summary>Sets the threads of the tensor library, at the beginning of a job; from then on finalizers wait for <see cref="FinalizerGate"/>.</summary>
    /// <param name="threads">Number, or 0 for all cores, or this rank's share of them.</param>
    /// <param name="localRanks">Ranks on this machine.</param>
    public static void UseThreads(int threads, int localRanks = 1)
    {
        FinalizerGate.Pass();
        set_num_threads(threads > 0 ? threads : Math.Max(1, Environment.ProcessorCount / localRanks));
    }
}
