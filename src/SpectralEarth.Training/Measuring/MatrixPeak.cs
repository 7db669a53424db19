using System.Collections.Concurrent;
using System.Diagnostics;
using SpectralEarth.Models;
using SpectralEarth.Models.Products;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Measuring;

/// <summary>What the machine reaches in matrix products, by the tensor library's or ours, whichever is faster: the most that a training step can reach.</summary>
internal static class MatrixPeak
{
    private const int ProcessorSide = 1024, DeviceSide = 8192, SlowSide = 256;

    private const double SlowSeconds = 0.5;

    private static readonly ConcurrentDictionary<(string Device, Precision Precision, int Threads), double> Known = new();

    /// <summary>Fastest of the products of two square matrices that fit into a stretch of time, operations per second.</summary>
    /// <param name="device">Where.</param>
    /// <param name="precision">Number type of the factors.</param>
    /// <param name="time">How long; at least four products are made, of small matrices where large ones would take seconds.</param>
    public static double Measure(Device device, Precision precision, TimeSpan time)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var type = precision == Precision.Float32 ? ScalarType.Float32 : ScalarType.BFloat16;
        if (device.type != TorchSharp.DeviceType.CPU)
            return Fastest(device, type, DeviceSide, time);
        // Without oneDNN a large product in bfloat16 takes 2 to 8 s on a processor, and small ones are made at a higher rate.
        var rate = Fastest(device, type, SlowSide, TimeSpan.Zero);
        return Operations(ProcessorSide) / rate > SlowSeconds ? rate : Fastest(device, type, ProcessorSide, time);
    }

    private static double Operations(long side) => 2.0 * side * side * side;

    private static double Fastest(Device device, ScalarType type, long side, TimeSpan time)
    {
        var factor = linspace(-1, 1, side * side, device: device).reshape(side, side).to_type(type);
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

        return Operations(side) / best.TotalSeconds;
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
