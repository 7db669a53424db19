using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Distribution;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Tiling;

/// <summary>State of one run of the tiler.</summary>
internal sealed class TileRun
{
    private readonly long begun = Stopwatch.GetTimestamp();
    private readonly TilePlan plan;
    private readonly SceneSearch search;
    private readonly FinishedTiles? present;
    private readonly IProgress<TileProgress>? progress;
    private readonly CancellationToken cancel;
    private readonly WantedScene[] wanted;
    private readonly List<WorkUnit<UnitRecord>> units = [];
    private IReadOnlyList<UnitRecord> settled = [];    // of all ranks

    /// <param name="plan">Options.</param>
    /// <param name="search">Scenes that were named.</param>
    /// <param name="present">Data set to add to; null to make one.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancel">Stops the run.</param>
    /// <exception cref="DatasetException">The data set was made with other options.</exception>
    public TileRun(TilePlan plan, SceneSearch search, FinishedTiles? present, IProgress<TileProgress>? progress, CancellationToken cancel)
    {
        (this.plan, this.search, this.present, this.progress, this.cancel) = (plan, search, present, progress, cancel);
        wanted = [.. search.ChooseNew(present)];
        present?.RequireOptions(plan.OptionLines, addsScenes: wanted.Length > 0);
    }

    /// <summary>True if the data set holds all scenes that can be used, tells of all others, and its records are whole.</summary>
    public bool IsNothingNew => present is { AreRecordsListed: true } && wanted.Length == 0 && present.Record.Rejected.SequenceEqual(Rejected());

    /// <summary>Report of a data set to which nothing is to be added.</summary>
    public TileReport Finished()
    {
        if (Directory.Exists(Path.Combine(plan.Options.Output, ManifestFile.WorkFolder)))
            using (var folder = new WorkFolder(plan.Options.Output, Tiler.Job))
                folder.RemoveWork();
        return Report(present!.Record, present.Scenes, ofLabels: [], wasFinished: true);
    }

    /// <summary>Tiles scenes together with other ranks, until none is left.</summary>
    public void ShareScenes(SharedFolder shared, IRankGroup ranks)
    {
        var work = new SharedTiling(plan, shared, (number, id, done, patches) => Tell(TilePhase.Tiling, number, id, done, patches), cancel);
        work.Run(wanted, start: wanted.Length * ranks.Rank / ranks.Size);
        settled = work.Units;
    }

    /// <summary>Assembles what the ranks have tiled, unless another rank has done so.</summary>
    /// <param name="folder">The folder, if it is this rank's turn; null if the data set is finished.</param>
    /// <param name="shared">What the ranks know of the scenes.</param>
    /// <param name="now">The data set that the folder holds by now; null if there is none.</param>
    public TileReport Complete(WorkFolder? folder, SharedFolder shared, FinishedTiles? now)
    {
        // A rank may have been killed between finishing the data set and removing the units.
        var isDone = folder is null || IsNothingNew || now?.Record.Scenes.Count > (present?.Record.Scenes.Count ?? 0);
        if (!isDone)
        {
            TileScenes(folder!, shared);
            return Assemble(folder!, shared);
        }

        folder?.RemoveWork();
        return Report(now!.Record, now.Scenes, [.. Use(settled).Warnings, .. OfLostClasses(settled)], wasFinished: IsNothingNew) with { NewScenes = now.Record.Scenes.Count - (present?.Record.Scenes.Count ?? 0) };
    }

    /// <summary>Tiles all scenes that neither the data set holds nor an earlier run has finished.</summary>
    public void TileScenes(WorkFolder folder, SharedFolder? shared = null)
    {
        if (wanted.Any(scene => scene.Candidates.Any(one => Directory.Exists(SceneUnits.PathOf(folder.Work, one.Unit)))))
            Tell(TilePhase.Checking, 0, "", 0);
        // Checksums of all that is finished are taken at once, since a shared disk gives several files sooner than one after the other.
        var found = new WorkUnit<UnitRecord>?[wanted.Length];
        ParallelPatches.For(wanted.Length, index => found[index] = SceneUnits.Find(folder.Work, wanted[index]), cancel);
        foreach (var (first, index) in wanted.Select((scene, index) => (scene, index)))
        {
            var unit = search.Take(first, candidate => (candidate == first ? found[index] : SceneUnits.Find(folder.Work, candidate))
                ?? Tile(candidate, folder.Work, shared, done => Tell(TilePhase.Tiling, index + 1, candidate.Id, done)));
            if (unit is null)
                continue;
            units.Add(unit);
            Tell(TilePhase.Tiling, index + 1, unit.Record.Scene.SceneId, 1);
        }
    }

    /// <exception cref="SceneException">The scene cannot be used, or another rank has found so.</exception>
    private WorkUnit<UnitRecord> Tile(WantedScene wanted, string work, SharedFolder? shared, Action<double> stripDone)
    {
        cancel.ThrowIfCancellationRequested();
        if (shared?.Rejection(wanted.Path) is { } reason)
            throw new SceneException(reason);
        return SceneUnits.Make(work, plan, wanted, stripDone, cancel);
    }

    /// <summary>Sorts the patches of all units, and those of the data set, into shards and writes catalog and manifest.</summary>
    public TileReport Assemble(WorkFolder folder, SharedFolder? shared = null)
    {
        var dataset = present is null ? null : Dataset.Open(present.Folder);
        var shards = new UnitShards<UnitRecord>(units, plan.Format, cancel);
        PatchInfo[] catalog = [.. dataset?.Catalog ?? [], .. shards.Catalog];
        SceneRecord[] scenes = [.. (present?.Scenes ?? []).Concat(units.Select(unit => unit.Record.Scene)).OrderBy(scene => scene.SceneId, StringComparer.Ordinal)];
        if (catalog.Length == 0)
        {
            // Other ranks come here too and say the same.
            var reason = NothingLeft();
            if (shared is null)
                folder.RemoveWork();
            else
                shared.RemoveWork(folder, cancel);
            throw reason;
        }

        var options = present is null ? plan.OptionLines : TileRecord.WithLabelsOf(plan.OptionLines, present.Record.Options);
        var use = Use(units.Select(unit => unit.Record));
        var record = TileRecord.Of(units.Count > 0 ? options : present!.Record.Options, scenes, Rejected(use), catalog.Length);
        if (units.Count == 0)
            ChecksumList.Rewrite(plan.Options.Output, FinishedTiles.RecordFiles, () => FinishedTiles.WriteRecords(plan.Options.Output, record, scenes));
        else
            WriteDataset(folder, dataset, shards, catalog, record, scenes);
        folder.RemoveWork();
        return Report(record, scenes, [.. use.Warnings, .. OfLostClasses(units.Select(unit => unit.Record))], wasFinished: false);
    }

    private void WriteDataset(WorkFolder folder, Dataset? dataset, UnitShards<UnitRecord> shards, PatchInfo[] catalog, TileRecord record, SceneRecord[] scenes)
    {
        var next = folder.BeginNext();
        FinishedTiles.WriteRecords(next, record, scenes);
        var statistics = dataset?.ReadStatistics() ?? new SpectralStatistics(plan.Bands.Count, Scene.NoData);
        ParallelPatches.For(units.Count, unit => units[unit].AddCounts(statistics), cancel);
        var first = catalog.MinBy(info => (info.Time, info.SceneId))!.SceneId;
        var manifest = plan.Describe(scenes.First(scene => scene.SceneId == first).WavelengthsNm);
        var parts = new DatasetParts
        {
            Manifest = manifest,
            PatchesPerShard = plan.Options.PatchesPerShard,
            Patches = catalog,
            Fetch = info => shards.Holds(info) ? shards.Read(info) : dataset!.ReadEncoded(info),
            Statistics = statistics,
            Records = FinishedTiles.RecordFiles,
        };
        using (shards)    // closed before their folder is removed
            DatasetWriter.Assemble(next, parts, done => Tell(TilePhase.Assembling, 0, "", done), cancel);
        UnfinishedTiles.Forget(folder.Work);
        folder.Publish();
    }

    private LabelUse Use(IEnumerable<UnitRecord> tiled) => new(plan.Labels, tiled.Select(unit => unit.GetPlace()));

    /// <summary>Products and labels that cannot be used: those of this run, and those of earlier ones that were not named again.</summary>
    /// <param name="use">Use of the labels by the scenes of this run; null where it has tiled none.</param>
    private IReadOnlyList<RejectedScene> Rejected(LabelUse? use = null)
    {
        var named = plan.Paths.Concat(use?.Judged ?? []).ToHashSet(StringComparer.Ordinal);
        return [.. search.Rejected.Concat(use?.Rejected(present) ?? []).Concat(present?.Record.Rejected.Where(scene => !named.Contains(scene.Path)) ?? [])
            .OrderBy(scene => scene.Path, StringComparer.Ordinal)];
    }

    private TileReport Report(TileRecord record, IReadOnlyList<SceneRecord> scenes, IReadOnlyList<string> ofLabels, bool wasFinished) => new()
    {
        Patches = record.Patches,
        Scenes = record.Scenes.Count,
        NewScenes = units.Count,
        Rejected = record.Rejected,
        SkippedNoData = record.SkippedNoData,
        SkippedCloud = record.SkippedCloud,
        SkippedOther = record.SkippedOther,
        WavelengthDistanceNm = scenes.Max(scene => scene.WavelengthDistanceNm),
        Moved = [.. scenes.Where(scene => scene.ShiftEastM != 0 || scene.ShiftNorthM != 0).Select(scene => new MovedScene(scene.SceneId, scene.ShiftEastM, scene.ShiftNorthM))],
        Warnings = [.. search.OfMissingLayers, .. OfEmptyBands(scenes), .. OfSplit(), .. ofLabels],
        Bytes = new DirectoryInfo(Path.Combine(plan.Options.Output, Dataset.ShardFolder)).GetFiles().Sum(file => file.Length),
        Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds,
        WasFinished = wasFinished,
    };

    private IEnumerable<string> OfSplit()
    {
        var file = Path.Combine(plan.Options.Output, SplitFile.FileName);
        if (present is not null && wanted.Length > 0 && File.Exists(file))
            yield return $"{file} was made before these scenes were added and lacks their locations. Move it away and make it again: spectralearth dataset split {plan.Options.Output}";
    }

    /// <summary>Warns of classes that the labels have on the scenes, but no patch has.</summary>
    private IEnumerable<string> OfLostClasses(IEnumerable<UnitRecord> tiled)
    {
        var records = tiled.ToArray();
        var lost = records.SelectMany(record => record.CodesOnScene).Except(records.SelectMany(record => record.LabelCodes)).ToHashSet();
        if (lost.Count > 0)
            yield return $"No patch of these scenes has a pixel of {string.Join(", ", plan.Labels.Classes.Where(item => lost.Contains(item.Code)).Select(item => item.Name))}, though the labels have: their windows have too much no-data, cloud or another quality. Raise the limits (--max-nodata, --max-cloud, ...), or make patches smaller.";
    }

    private static IEnumerable<string> OfEmptyBands(IReadOnlyList<SceneRecord> scenes)
    {
        var lacking = scenes.Where(scene => scene.EmptyBands.Count > 0).Select(scene => (scene.SceneId, scene.EmptyBands)).ToArray();
        if (lacking.Length > 0)
            yield return $"{SceneTable.OfEmptyBands(lacking, scenes.Count)} and stay out of statistics and losses there. If that is not the sensor's way, fetch the products again, or leave the bands out (--bands).";
    }

    /// <summary>Says why there is no patch at all; the reasons of all scenes are in rejected.csv.</summary>
    private IOException NothingLeft()
    {
        const int told = 5;
        var rejected = Rejected();
        if (rejected.Count > 0)
            RejectedScene.WriteTable(plan.Options.Output, rejected);
        var reasons = string.Join("\n", rejected.Take(told).Select(scene => $"{scene.Path}: {scene.Reason}"));
        if (rejected.Count > told)
            reasons += $"\n... and {rejected.Count - told} more, in {Path.Combine(plan.Options.Output, RejectedScene.TableName)}";
        if (units.Count == 0)
            return new SceneException($"No scene could be used:\n{reasons}");
        var records = units.Select(unit => unit.Record).ToArray();
        var text = string.Create(CultureInfo.InvariantCulture,
            $"Not one patch passed: of {records.Sum(one => one.Scene.Windows)} windows, {records.Sum(one => one.Scene.SkippedNoData)} have more than {plan.Options.MaxNoData:P0} no-data (the smallest share is {records.Min(one => one.SmallestNoData):P1}) and of the others {records.Sum(one => one.Scene.SkippedCloud)} have too much cloud and {records.Sum(one => one.Scene.SkippedOther)} too much of another quality. Raise the limits or make patches smaller.");
        return new DatasetException(reasons.Length > 0 ? $"{text} Rejected scenes:\n{reasons}" : text);
    }

    private void Tell(TilePhase phase, int scene, string id, double done) =>
        Tell(phase, scene, id, done, units.Sum(unit => unit.Record.Scene.Patches));

    private void Tell(TilePhase phase, int scene, string id, double done, int patches) => progress?.Report(new TileProgress
    {
        Phase = phase,
        Scene = scene,
        Scenes = wanted.Length,
        SceneId = id,
        Done = done,
        Patches = (present?.Record.Patches ?? 0) + patches,
    });
}
