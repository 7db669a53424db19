using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Distribution;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Tiling;

/// <summary>
/// Turns scenes into a patch data set. Each scene is a unit of work whose result is kept as soon as it is complete; when
/// all are done their patches are sorted into shards. A run that was killed goes on where it stopped, and its result is
/// the same, byte for byte, as that of an uninterrupted one.
/// </summary>
public static class Tiler
{
    /// <summary>Tiles all scenes. A scene that cannot be used is reported and left out.</summary>
    /// <param name="options">What to tile and how.</param>
    /// <param name="progress">Told after every strip of a scene and while shards are written; in the caller's thread.</param>
    /// <param name="ranks">Processes that share the scenes, each of which calls this; null for this process alone. The result does not depend on it.</param>
    /// <param name="cancel">Stops the run; finished scenes are kept for the next one.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="SceneException">A path does not exist, or no scene could be used; with the reasons.</exception>
    /// <exception cref="DatasetException">No patch passed the thresholds, or the folder holds another data set.</exception>
    /// <exception cref="IOException">The folder is read-only or the disk is full; nothing unfinished looks finished.</exception>
    public static TileReport Run(TileOptions options, IProgress<TileProgress>? progress = null, IRankGroup? ranks = null, CancellationToken cancel = default)
    {
        // First of all: a rank that fails further down leaves none waiting for it.
        using var shared = ranks is { Size: > 1 } ? SharedFolder.Join(options.Output, ranks) : null;
        using var plan = new TilePlan(options);
        var run = new TileRun(plan, progress, cancel);
        run.FindScenes();
        if (shared is null && TileFolder.Finished(options.Output) is { } finished)
            return run.Recheck(finished, mayClean: ranks is null or { Rank: 0 });
        try
        {
            if (shared is not null)
                return run.Share(shared, ranks!);
            using var folder = new TileFolder(options.Output);
            run.TileScenes(folder);
            return run.Assemble(folder);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not SceneException and not DatasetException)
        {
            throw new IOException($"{options.Output}: {e.Message} Finished scenes are kept: mend this and run the same command again.", e);
        }
    }
}

/// <summary>State of one run.</summary>
internal sealed class TileRun(TilePlan plan, IProgress<TileProgress>? progress, CancellationToken cancel)
{
    private readonly long begun = Stopwatch.GetTimestamp();
    private readonly SortedDictionary<string, string> scenes = new(StringComparer.Ordinal);
    private readonly List<RejectedScene> rejected = [];
    private readonly List<SceneUnit> units = [];

    /// <summary>Opens all products once to learn their names; by name they are ordered and told apart.</summary>
    public void FindScenes()
    {
        foreach (var path in SceneList.Expand(plan.Options.Scenes))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                using var scene = Scene.Open(path);
                if (!scenes.TryAdd(scene.Metadata.SceneId, path))
                    Reject(path, $"The same product as {scenes[scene.Metadata.SceneId]}. Name it once.");
            }
            catch (SceneException e)
            {
                Reject(path, e.Message);
            }
        }
    }

    /// <summary>Report of a data set that an earlier run finished.</summary>
    /// <exception cref="DatasetException">It was made with other options or from other scenes.</exception>
    public TileReport Recheck(TileRecord record, bool mayClean)
    {
        var output = plan.Options.Output;
        var differences = plan.OptionLines.Except(record.Options)
            .Select(line => $"now {line}").Concat(record.Options.Except(plan.OptionLines).Select(line => $"then {line}")).ToList();
        var known = record.Scenes.Concat(record.Rejected.Select(scene => scene.Path)).ToHashSet(StringComparer.Ordinal);
        differences.AddRange(scenes.Where(scene => !known.Contains(scene.Key) && !known.Contains(scene.Value)).Select(scene => $"new scene {scene.Key}"));
        differences.AddRange(record.Scenes.Where(id => !scenes.ContainsKey(id)).Select(id => $"scene {id} missing now"));
        if (differences.Count > 0)
            throw new DatasetException(
                $"{output}: holds a finished data set made by another command ({string.Join("; ", differences.Take(6))}{(differences.Count > 6 ? "; ..." : "")}). Choose another folder, or delete this one.");
        if (mayClean && Directory.Exists(TileFolder.WorkOf(output)))
            using (var folder = new TileFolder(output))
                folder.RemoveWork();
        return Report(record, wasFinished: true);
    }

    /// <summary>Tiles scenes together with other ranks; when none is left, one rank assembles all.</summary>
    public TileReport Share(SharedFolder shared, IRankGroup ranks)
    {
        var work = new SharedTiling(plan, shared, (number, id, done, patches) => Tell(TilePhase.Tiling, number, id, done, patches), cancel);
        work.Run([.. scenes], start: scenes.Count * ranks.Rank / ranks.Size);
        using var folder = shared.TakeAlone(cancel);
        if (TileFolder.Finished(plan.Options.Output) is { } finished)
        {
            folder?.RemoveWork();    // a rank was killed just before it did this
            return Report(finished, wasFinished: false);
        }

        TileScenes(folder!, shared);
        return Assemble(folder!, shared);
    }

    /// <summary>Tiles all scenes that no earlier run, or no other rank, has finished.</summary>
    public void TileScenes(TileFolder folder, SharedFolder? shared = null)
    {
        var number = 0;
        foreach (var (id, path) in scenes)
        {
            number++;
            cancel.ThrowIfCancellationRequested();
            if (shared?.Rejection(id) is { } reason)
            {
                Reject(path, reason);
                continue;
            }

            if (SceneUnit.Find(folder.Work, id, plan.OptionsChecksum) is { } finished)
            {
                units.Add(finished);
                Tell(TilePhase.Tiling, number, id, 1);
                continue;
            }

            try
            {
                using var scene = Scene.Open(path);
                units.Add(SceneUnit.Make(folder.Work, plan, scene, done => Tell(TilePhase.Tiling, number, id, done), cancel));
            }
            catch (SceneException e)
            {
                Reject(path, e.Message);
            }
        }
    }

    /// <summary>Sorts the patches of all units into shards and writes catalog and manifest.</summary>
    public TileReport Assemble(TileFolder folder, SharedFolder? shared = null)
    {
        var catalog = units.SelectMany(unit => unit.ReadCatalog()).ToArray();
        if (catalog.Length == 0)
        {
            // Other ranks come here too and say the same.
            if (shared is null)
                folder.RemoveWork();
            throw NothingLeft();
        }

        var record = Record(catalog.Length);
        folder.RemoveShards();
        folder.WriteRecords(record, units);
        var statistics = new SpectralStatistics(plan.Bands.Count, Scene.NoData);
        foreach (var unit in units)
            unit.AddCounts(statistics);
        var description = Description();
        using var parts = new UnitShards(units, description);
        var written = 0;
        DatasetWriter.Assemble(plan.Options.Output, description, catalog, info =>
        {
            if (written++ % 64 == 0)
                Tell(TilePhase.Assembling, 0, "", written / (double)catalog.Length);
            return parts.Read(info);
        }, statistics, cancel);
        folder.RemoveWork();
        return Report(record, wasFinished: false);
    }

    private DatasetDescription Description() => new()
    {
        Sensor = plan.Sensor.Descriptor.Name,
        Bands = plan.Bands,
        WavelengthsNm = units.Where(unit => unit.Record.Patches > 0)
            .MinBy(unit => (unit.Record.Time, unit.Record.SceneId))!.Record.WavelengthsNm,
        PatchSize = plan.Grid.PatchSize,
        Stride = plan.Grid.Stride,
        PixelSizeM = PatchGrid.PixelSizeM,
        Scale = plan.Sensor.Descriptor.Scale,
        NoData = Scene.NoData,
        Codec = plan.Options.Codec,
        Classes = plan.Labels.Classes,
        PatchesPerShard = plan.Options.PatchesPerShard,
    };

    private TileRecord Record(int patches) => new()
    {
        Options = plan.OptionLines,
        Scenes = [.. units.Select(unit => unit.Record.SceneId)],
        Rejected = [.. rejected.OrderBy(scene => scene.Path, StringComparer.Ordinal)],
        Patches = patches,
        SkippedNoData = units.Sum(unit => unit.Record.SkippedNoData),
        SkippedCloud = units.Sum(unit => unit.Record.SkippedCloud),
    };

    private TileReport Report(TileRecord record, bool wasFinished) => new()
    {
        Patches = record.Patches,
        Scenes = record.Scenes.Count,
        Rejected = record.Rejected,
        SkippedNoData = record.SkippedNoData,
        SkippedCloud = record.SkippedCloud,
        Bytes = new DirectoryInfo(Path.Combine(plan.Options.Output, Dataset.ShardFolder)).GetFiles().Sum(file => file.Length),
        Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds,
        WasFinished = wasFinished,
    };

    private IOException NothingLeft()
    {
        var reasons = string.Join("\n", rejected.Select(scene => $"{scene.Path}: {scene.Reason}"));
        if (units.Count == 0)
            return new SceneException($"No scene could be used:\n{reasons}");
        var records = units.Select(unit => unit.Record).ToArray();
        var text = string.Create(CultureInfo.InvariantCulture,
            $"Not one patch passed: of {records.Sum(one => one.Windows)} windows, {records.Sum(one => one.SkippedNoData)} have more than {plan.Options.MaxNoData:P0} no-data (the smallest share is {records.Min(one => one.SmallestNoData):P1}) and {records.Sum(one => one.SkippedCloud)} of the others more than {plan.Options.MaxCloud:P0} cloud. Raise the limits or make patches smaller.");
        return new DatasetException(reasons.Length > 0 ? $"{text} Rejected scenes:\n{reasons}" : text);
    }

    private void Reject(string path, string reason) => rejected.Add(new RejectedScene { Path = path, Reason = reason });

    private void Tell(TilePhase phase, int scene, string id, double done) =>
        Tell(phase, scene, id, done, units.Sum(unit => unit.Record.Patches));

    private void Tell(TilePhase phase, int scene, string id, double done, int patches) => progress?.Report(new TileProgress
    {
        Phase = phase,
        Scene = scene,
        Scenes = scenes.Count,
        SceneId = id,
        Done = done,
        Patches = patches,
    });
}
