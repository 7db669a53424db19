using SpectralEarth.Checkpoints;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Runs;

/// <summary>
/// Writes checkpoints beside the training. Their tensors are copied into memory that is kept for the next one, and a
/// thread writes the copy; one at a time.
/// </summary>
internal sealed class CheckpointWriter : IDisposable
{
    private readonly Dictionary<string, Tensor> copies = [];
    private Task writing = Task.CompletedTask;

    /// <summary>Writes a file of tensors and metadata; on the thread.</summary>
    internal Action<string, IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, string>> Write { get; init; } = SafeTensorsFile.Write;

    /// <summary>Waits until nothing is being written.</summary>
    /// <param name="longest">Longest wait.</param>
    /// <returns>False if something still is.</returns>
    public bool Wait(TimeSpan longest) => Task.WaitAny([writing], longest) == 0;

    /// <summary>Copies the tensors and begins to write. Nothing must be being written.</summary>
    /// <param name="path">File to write or replace.</param>
    /// <param name="tensors">Tensors by name; the same names and shapes every time.</param>
    /// <param name="metadata">Metadata entries.</param>
    /// <returns>The work of the thread; fails with an <see cref="IOException"/> where the file cannot be written.</returns>
    public Task Begin(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        if (!writing.IsCompleted)
            throw new InvalidOperationException("A checkpoint is still being written.");
        using var frozen = no_grad();
        foreach (var (name, tensor) in tensors)
        {
            if (!copies.TryGetValue(name, out var copy))
                copies[name] = copy = empty(tensor.shape, tensor.dtype, CPU).DetachFromDisposeScope();
            copy.copy_(tensor);
        }

        return writing = Task.Factory.StartNew(() => Write(path, copies, metadata),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Wait(Timeout.InfiniteTimeSpan);
        foreach (var copy in copies.Values)
            copy.Dispose();
    }
}
