namespace SpectralEarth.Testing;

/// <summary>Progress that is told to a test at once, in the thread of the work; <see cref="Progress{T}"/> tells later and elsewhere.</summary>
/// <param name="told">Gets each report; what it throws reaches the work.</param>
public sealed class Told<T>(Action<T> told) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => told(value);
}
