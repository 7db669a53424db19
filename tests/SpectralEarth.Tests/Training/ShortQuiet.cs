using SpectralEarth.Training;

namespace SpectralEarth.Tests.Training;

/// <summary>While it lives, finalizers are kept waiting for a moment only: for tests that wait for them.</summary>
internal sealed class ShortQuiet : IDisposable
{
    private readonly TimeSpan before = FinalizerGate.Quiet;

    public ShortQuiet() => Set(TimeSpan.FromMilliseconds(50));

    public void Dispose() => Set(before);

    /// <summary>The gate that is closed now keeps its time, so it is passed.</summary>
    private static void Set(TimeSpan quiet)
    {
        FinalizerGate.Quiet = quiet;
        FinalizerGate.Drain();
    }
}
