using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>
/// Runs independent parts of a computation on the processor side by side, each with its share of the tensor library's threads. Small
/// tensors keep one core busy but not several, which would wait for each other after every operation. Parts are in inference mode where the
/// caller is; modes of recording, <see cref="SharedBatch"/> and <see cref="MixedPrecision"/> they do not take over.
/// </summary>
public static class TensorParts
{
    /// <summary>Runs <paramref name="work"/> for 0 to <paramref name="parts"/> - 1; the first failure is thrown as it is.</summary>
    /// <param name="parts">Number of parts.</param>
    /// <param name="work">Gets the number of a part; leaves no tensors.</param>
    public static void Run(int parts, Action<int> work)
    {
        var threads = get_num_threads();
        var workers = Math.Clamp(parts, 1, threads);
        var inferring = is_inference_mode_enabled();
        var next = -1;
        try
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ =>
            {
                // The library keeps mode and number for each thread. Tensors made in inference mode cannot be written to outside it.
                using var inference = inferring ? inference_mode() : null;
                var before = get_num_threads();
                set_num_threads(threads / workers);
                try
                {
                    for (var part = Interlocked.Increment(ref next); part < parts; part = Interlocked.Increment(ref next))
                        work(part);
                }
                finally
                {
                    set_num_threads(before);
                }
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
