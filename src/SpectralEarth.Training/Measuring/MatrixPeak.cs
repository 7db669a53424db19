using System.Collections.Concurrent;
using System.Diagnostics;
using SpectralEarth.Models;
using SpectralEarth.Models.Products;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Measuring;

/// <summary>What the machine reaches in matrix products, by the tensor library's or ours, whichever is faster: the most that a training step can reach.</summary>
public static class MatrixPeak
{
    private const int ProcessorSide = 1024, DeviceSide = 8192;

    private static readonly ConcurrentDictionary<(string Device, Precision Precision, int Threads), double> Known = new();

    /// <summary>Fastest of the products of two square matrices that fit into a stretch of time, operations per second.</summary>
    /// <param name="device">Where.</param>
    /// <param name="precision">Number type of the factors.</param>
    /// <param name="time">How long; at least four products are made.</param>
    public static double Measure(Device device, Precision precision, TimeSpan time)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var side = device.type == TorchSharp.DeviceType.CPU ? ProcessorSide : DeviceSide;
        var type = precision == Precision.Float32 ? ScalarType.Float32 : ScalarType.BFloat16;
        var factor = linspace(-1, 1, (long)side * side, device: device).reshape(side, side).to_type(type);
        var best = TimeSpan.MaxValue;
        var start = Stopwatch.GetTimestamp();
        for (var products = 0; products < 4 || Stopwatch.GetElapsedTime(start) < time; products++)
        {
            var begin = Stopwatch.GetTimestamp();
            using var product = products % 2 == 0 ? factor.mm(factor) : MatrixProduct.Of(factor, factor);
            Wait(device);
            var took = Stopwatch.GetElapsedTime(begin);
            best = took < best ? took : best;
        }

        return 2.0 * side * side * side / best.TotalSeconds;
    }

    /// <summary>As <see cref="Measure"/> in a tenth of a second, or what an earlier call in this process found if that was more.</summary>
    public static double Of(Device device, Precision precision)
    {
        var found = Measure(device, precision, TimeSpan.FromSeconds(0.1));
        return Known.AddOrUpdate((device.ToString(), precision, get_num_threads()), found, (_, known) => Math.Max(known, found));
    }

    /// <summary>Waits until the device has done what it was told.</summary>
    internal static void Wait(Device device)
    {
        if (device.type == TorchSharp.DeviceType.CUDA)
            cuda.synchronize();
    }
}
