using System.Runtime.ExceptionServices;

namespace SpectralEarth.Shards.Loading;

/// <summary>
/// Reads batches in the order of a <c>SampleOrder</c> on background threads, ahead of the consumer.
/// The order of batches and samples depends on seed and epoch only, never on thread timing.
/// </summary>
/// <remarks>
/// Threads take single samples, so that the next batch is ready as early as possible whatever its size. The system is told
/// of a few dozen patches ahead, so that it reads them in the order of the disk. One consumer.
/// </remarks>
public sealed class PatchLoader : IDisposable
{
    private readonly object gate = new();
    private readonly Dataset dataset;
    private readonly AnnouncedBatches source;
    private readonly BatchMemory memory;
    private readonly int prefetch;
    private readonly int together;
    private readonly Thread[] workers;

    // Under the gate: batches begun and not yet handed over, in order; the last one may have patches left to take.
    private readonly Queue<Work> begun = new();
    private Work? open;
    private bool drawing;
    private bool exhausted;
    private bool disposed;

    /// <summary>Starts reading.</summary>
    /// <param name="dataset">Data set to read.</param>
    /// <param name="batches">Catalog indices of each batch, in order; enumerated lazily, may be endless.</param>
    /// <param name="threads">Decoding threads.</param>
    /// <param name="prefetch">Batches read ahead.</param>
    /// <param name="patchesPerSample">Patches that stand side by side in a batch and are read together; divides every batch.</param>
    public PatchLoader(Dataset dataset, IEnumerable<int[]> batches, int threads = 2, int prefetch = 4, int patchesPerSample = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(prefetch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchesPerSample);
        (this.dataset, this.prefetch, together) = (dataset, prefetch, patchesPerSample);
        source = new AnnouncedBatches(dataset, batches);
        memory = new BatchMemory(dataset.Manifest, dataset.HasLabels, prefetch + 1);
        workers = [.. Enumerable.Range(1, threads).Select(number => new Thread(Decode) { IsBackground = true, Name = $"patch-loader-{number}" })];
        foreach (var worker in workers)
            worker.Start();
    }

    /// <summary>The next batch, or null after the last one; waits for it if need be.</summary>
    /// <exception cref="DatasetException">A patch of the batch could not be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the batch can be asked for again.</exception>
    public PatchBatch? Next(CancellationToken cancel = default)
    {
        using var wake = cancel.Register(Wake);
        lock (gate)
        {
            while (true)
            {
                ObjectDisposedException.ThrowIf(disposed, this);
                cancel.ThrowIfCancellationRequested();
                if (begun.TryPeek(out var work) && work.Missing == 0)
                {
                    begun.Dequeue();
                    Monitor.PulseAll(gate);
                    work.Error?.Throw();
                    return work.Batch;
                }

                if (begun.Count == 0 && exhausted)
                    return null;
                Monitor.Wait(gate);
            }
        }
    }

    /// <summary>Stops the threads; waits for the patches that they are reading.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
            Monitor.PulseAll(gate);
        }

        foreach (var worker in workers)
            worker.Join();
        source.Dispose();
    }

    private void Wake()
    {
        lock (gate)
            Monitor.PulseAll(gate);
    }

    private void Decode()
    {
        while (Take() is var (work, sample))
        {
            ExceptionDispatchInfo? error = null;
            try
            {
                Read(work.Batch!, sample);
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }

            lock (gate)
            {
                work.Finish(sample, error);
                if (work.Missing == 0)
                    Monitor.PulseAll(gate);
            }
        }
    }

    private void Read(PatchBatch batch, int sample) => dataset.Read(
        batch.Indices.AsSpan(sample * together, together),
        batch.Pixels.AsSpan(sample * together * memory.SampleLength, together * memory.SampleLength),
        batch.Validity.AsSpan(sample * together * memory.PixelLength, together * memory.PixelLength),
        batch.Labels is null ? [] : batch.Labels.AsSpan(sample * together * memory.PixelLength, together * memory.PixelLength));

    /// <summary>The next sample to read, in order; waits while enough batches are ahead. Null when there is nothing left to do.</summary>
    private (Work Work, int Sample)? Take()
    {
        while (true)
        {
            lock (gate)
            {
                while (!disposed && !exhausted && !CanTake && (drawing || begun.Count >= prefetch))
                    Monitor.Wait(gate);
                if (disposed)
                    return null;
                if (CanTake)
                    return (open!, open!.Take());
                if (exhausted)
                    return null;
                drawing = true;
            }

            Begin();
        }
    }

    private bool CanTake => open is { HasMore: true };

    /// <summary>Draws the next batch. One thread at a time, outside the gate: an order may take its time.</summary>
    private void Begin()
    {
        Work? next = null;
        try
        {
            next = source.Next() is { } indices ? new Work(memory.Take(indices), Samples(indices)) : null;
        }
        catch (Exception e)
        {
            // An order that fails is delivered like a batch that fails, and nothing can follow it.
            next = new Work(ExceptionDispatchInfo.Capture(e));
        }

        lock (gate)
        {
            drawing = false;
            exhausted = next?.Batch is null;
            open = next;
            if (next is not null)
                begun.Enqueue(next);
            Monitor.PulseAll(gate);
        }
    }

    private int Samples(int[] indices) => indices.Length % together == 0
        ? indices.Length / together
        : throw new ArgumentException($"A batch of {indices.Length} patches cannot be cut into samples of {together}.");

    /// <summary>A batch being read.</summary>
    private sealed class Work
    {
        private readonly int samples;
        private int taken;
        private int failed = int.MaxValue;

        public Work(PatchBatch batch, int samples) => (Batch, Missing, this.samples) = (batch, samples, samples);

        public Work(ExceptionDispatchInfo error) => Error = error;

        public PatchBatch? Batch { get; }
        public int Missing { get; private set; }
        public ExceptionDispatchInfo? Error { get; private set; }

        /// <summary>True while there are samples that no thread has taken.</summary>
        public bool HasMore => Batch is not null && taken < samples;

        public int Take() => taken++;

        /// <summary>Notes that a sample is done; of several errors the first sample's counts.</summary>
        public void Finish(int sample, ExceptionDispatchInfo? error)
        {
            Missing--;
            if (error is not null && sample < failed)
                (failed, Error) = (sample, error);
        }
    }
}
