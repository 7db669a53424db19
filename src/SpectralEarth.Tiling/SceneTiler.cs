using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tiling;

/// <summary>Cuts a scene into patches strip by strip; several strips are in work at once and come out in order.</summary>
internal sealed class SceneTiler
{
    /// <summary>Limit of the pixels in memory, bytes.</summary>
    private const long StripBytes = 384L << 20;

    private readonly TilePlan plan;
    private readonly Scene scene;
    private readonly BandMapping mapping;
    private readonly PatchMaker maker;
    private readonly TileCounts counts;
    private readonly ScenePlaces places;
    /// <summary>Strips that are read at once: reading is parallel in itself, and each strip keeps its blocks in memory.</summary>
    private readonly SemaphoreSlim readers;

    public SceneTiler(TilePlan plan, Scene scene, ScenePlaces places, BandMapping mapping, PatchMaker maker, TileCounts counts) =>
        (this.plan, this.scene, this.places, this.mapping, this.maker, this.counts, readers) =
        (plan, scene, places, mapping, maker, counts, new SemaphoreSlim(Math.Max(1, plan.Threads / 4)));

    private IReadOnlyList<GridPatch[]> Strips => places.Strips;

    /// <summary>Patches that pass the thresholds, in catalog order of the scene.</summary>
    /// <param name="stripDone">Called in the caller's thread with the share of strips done.</param>
    /// <param name="cancel">Stops between strips.</param>
    public IEnumerable<(PatchInfo Info, EncodedPatch Patch)> Patches(Action<double> stripDone, CancellationToken cancel)
    {
        var pending = new Queue<Task<List<(PatchInfo, EncodedPatch)>>>();
        try
        {
            var atOnce = StripsAtOnce();
            for (int begun = 0, done = 0; done < Strips.Count; done++)
            {
                for (; begun < Strips.Count && pending.Count < atOnce; begun++)
                {
                    var strip = Strips[begun];
                    pending.Enqueue(Task.Run(() => Cut(strip, cancel), cancel));
                }

                foreach (var patch in pending.Dequeue().GetAwaiter().GetResult())
                    yield return patch;
                if (done + 1 < Strips.Count)
                    scene.ReleaseAbove(Strips[done + 1][0].SceneRow);
                stripDone((done + 1.0) / Strips.Count);
            }
        }
        finally
        {
            // The scene must not be closed under a strip that is still being read.
            ((IAsyncResult)Task.WhenAll(pending)).AsyncWaitHandle.WaitOne();
        }
    }

    private int StripsAtOnce()
    {
        if (Strips.Count == 0)
            return 1;
        var bytes = sizeof(short) * (long)SceneStrip.SampleCount(Window(Strips[0]), plan.Bands.Count);
        return (int)Math.Clamp(StripBytes / bytes, 1, plan.Threads);
    }

    private async Task<List<(PatchInfo, EncodedPatch)>> Cut(GridPatch[] all, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var places = Candidates(all);
        if (places.Length == 0)
            return [];
        var buffer = plan.Buffers.Take(SceneStrip.SampleCount(Window(all), plan.Bands.Count));
        var strip = await Read(Window(places), buffer, cancel);
        var made = new (PatchInfo, EncodedPatch)?[places.Length];
        ParallelPatches.For(places.Length, place => made[place] = maker.Make(strip, places[place], counts), cancel, plan.Threads);
        plan.Buffers.Give(buffer);
        return [.. made.OfType<(PatchInfo, EncodedPatch)>()];
    }

    private async Task<SceneStrip> Read(RasterWindow window, short[] buffer, CancellationToken cancel)
    {
        // A strip that waits leaves its thread to the one that reads.
        await readers.WaitAsync(cancel);
        try
        {
            return new SceneStrip(scene, window, mapping, places.Labels, buffer.AsMemory(0, SceneStrip.SampleCount(window, plan.Bands.Count)));
        }
        finally
        {
            readers.Release();
        }
    }

    /// <summary>The places that the class layer does not rule out: a scene is turned in its frame, so most of the others lie at the edges.</summary>
    private GridPatch[] Candidates(GridPatch[] all)
    {
        var ground = new GroundStrip(scene, Window(all));
        var candidates = new List<GridPatch>();
        foreach (var place in all)
        {
            var missing = ground.MissingShare(place, plan.Grid.PatchSize);
            if (plan.HasTooMuchNoData(missing))
                counts.TooMuchNoData(missing);
            else
                candidates.Add(place);
        }

        return [.. candidates];
    }

    private RasterWindow Window(GridPatch[] places) => ScenePlaces.Window(places, plan.Grid.PatchSize);
}
