using SpectralEarth.Distribution;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling;

/// <summary>
/// Turns scenes into a patch data set. Each scene is a unit of work whose result is kept as soon as it is complete; when
/// all are done their patches are sorted into shards. A run that was killed goes on where it stopped, and its result is
/// the same, byte for byte, as that of an uninterrupted one. Scenes may be added to a finished data set: the result is that
/// of tiling all of them at once.
/// </summary>
public static class Tiler
{
    /// <summary>Name of the job in the folder.</summary>
    internal const string Job = "tile";

    /// <summary>Tiles all scenes that the data set does not hold yet. A scene that cannot be used is reported and left out.</summary>
    /// <param name="options">What to tile and how.</param>
    /// <param name="progress">Told after every strip of a scene and while shards are written; in the caller's thread.</param>
    /// <param name="ranks">Processes that share the scenes, each of which calls this; null for this process alone. The result does not depend on it.</param>
    /// <param name="cancel">Stops the run; finished scenes are kept for the next one.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="SceneException">A path does not exist, or no scene could be used; with the reasons.</exception>
    /// <exception cref="DatasetException">No patch passed the thresholds, or the folder holds a data set made otherwise or an unfinished run of another job or with other options.</exception>
    /// <exception cref="IOException">The folder is read-only or the disk is full; nothing unfinished looks finished.</exception>
    /// <exception cref="OtherRankException">Another rank cannot begin.</exception>
    public static TileReport Run(TileOptions options, IProgress<TileProgress>? progress = null, IRankGroup? ranks = null, CancellationToken cancel = default)
    {
        using var plan = Prepare(options, ranks ?? new SingleRank(), cancel);
        // Before scenes are opened: a rank that fails further down leaves none waiting for it.
        using var shared = ranks is { Size: > 1 } ? SharedFolder.Join(options.Output, plan.OptionLines, ranks) : null;
        var search = new SceneSearch(plan, cancel);
        if (shared is null && WorkFolder.IsNextComplete(options.Output))
            CompleteNext(options.Output);
        var run = new TileRun(plan, search, Present(options.Output, search), progress, cancel);
        if (shared is null && run.IsNothingNew)
            return run.Finished();
        try
        {
            if (shared is not null)
            {
                run.ShareScenes(shared, ranks!);
                using var last = shared.TakeAlone(cancel);
                return run.Complete(last, shared, Present(options.Output));
            }

            using var folder = new WorkFolder(options.Output, Job);
            UnfinishedTiles.Note(folder.Work, plan.OptionLines);
            run.TileScenes(folder);
            return run.Assemble(folder);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not SceneException and not DatasetException)
        {
            throw new IOException($"{options.Output}: {e.Message} Finished scenes are kept: mend this and run the same command again.", e);
        }
    }

    /// <summary>Says what <see cref="Run"/> would do; reads no spectral image but a few windows, and writes nothing.</summary>
    /// <param name="options">What to tile and how.</param>
    /// <param name="progress">Told after every scene; in the caller's thread.</param>
    /// <param name="cancel">Stops the search.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="SceneException">A path does not exist.</exception>
    /// <exception cref="DatasetException">The folder holds a data set made otherwise or an unfinished run of another job or with other options.</exception>
    public static TileForecast Forecast(TileOptions options, IProgress<TileProgress>? progress = null, CancellationToken cancel = default)
    {
        using var plan = new TilePlan(options, cancel);
        UnfinishedTiles.RequireOptions(options.Output, plan.OptionLines);
        var search = new SceneSearch(plan, cancel);
        return new ForecastRun(plan, search, Present(options.Output, search), progress, cancel).Look();
    }

    /// <summary>Plans the run on all ranks, or fails on all, before a folder is made.</summary>
    private static TilePlan Prepare(TileOptions options, IRankGroup ranks, CancellationToken cancel)
    {
        TilePlan? plan = null;
        try
        {
            ranks.Together(() =>
            {
                // Only looked at: where a killed run is completed first, the data set is another one afterwards.
                _ = Present(options.Output);
                plan = new TilePlan(options, cancel);
                UnfinishedTiles.RequireOptions(options.Output, plan.OptionLines);
            });
            return plan!;
        }
        catch
        {
            plan?.Dispose();
            throw;
        }
    }

    /// <summary>Puts in place what a killed run had all but finished; its scenes are in the data set then.</summary>
    private static void CompleteNext(string output)
    {
        using var folder = new WorkFolder(output, Job);
        UnfinishedTiles.Forget(folder.Work);
    }

    /// <summary>The data set that the output folder holds already; images that only seem to be in it are rejected.</summary>
    private static FinishedTiles? Present(string output, SceneSearch search)
    {
        var present = Present(output);
        if (present is not null)
            search.RejectNamesakes(present);
        return present;
    }

    /// <summary>The data set that the output folder holds already.</summary>
    private static FinishedTiles? Present(string output)
    {
        WorkFolder.RequireNoOther(output, Job);
        if (Directory.Exists(output) && Directory.EnumerateFiles(output, "*METADATA.XML").Any())
            throw new DatasetException($"{output}: this is the folder of a product. Choose another folder for the data set.");
        if (!ManifestFile.Exists(output))
            return null;
        return FinishedTiles.Read(output) ?? throw new DatasetException(
            $"{output}: holds a finished data set without {TileRecord.FileName} or {SceneTable.FileName}, so it was not made by tile. Choose another folder.");
    }
}
