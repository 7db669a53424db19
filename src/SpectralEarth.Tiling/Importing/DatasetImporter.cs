using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling.Importing;

/// <summary>
/// Makes a data set of published patches, which lie in a GeoTIFF each. What is finished is kept, so that a killed run goes
/// on where it stopped; the result is the same, byte for byte, as that of an uninterrupted one. A finished data set follows its
/// input: with other lists its split is written again, and where files were replaced it is made anew.
/// </summary>
public static class DatasetImporter
{
    private const string RecordName = "import.yaml";
    private const string Job = "dataset import";
    private const string Unfound = "Stands in ";
    private static readonly string[] Records = [RejectedScene.TableName, RecordName];

    /// <summary>Imports all patches. One that cannot be used is reported and left out.</summary>
    /// <param name="options">What to import and how.</param>
    /// <param name="progress">Told the share that is done, in the caller's thread.</param>
    /// <param name="cancel">Stops the run; what is finished is kept for the next one.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="RecipeException">The sensor or task is unknown.</exception>
    /// <exception cref="FormatException">A table of targets is no CSV.</exception>
    /// <exception cref="SceneException">The folder does not have the layout, or no patch could be used; with the reasons.</exception>
    /// <exception cref="DatasetException">The output holds another data set or an unfinished run of another job.</exception>
    /// <exception cref="IOException">The output is read-only or the disk is full; nothing unfinished looks finished.</exception>
    public static ImportReport Run(ImportOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        var plan = new ImportPlan(options);
        if (WorkFolder.IsNextComplete(options.Output))
            new WorkFolder(options.Output, Job).Dispose();
        if (ManifestFile.Exists(options.Output) && Finished(plan) is { } finished)
            return finished;
        using var folder = new WorkFolder(options.Output, Job);
        var units = Units(plan, folder.Work, progress, cancel);
        var report = Assemble(plan, folder, units, progress, cancel);
        folder.RemoveWork();
        progress?.Report(1);
        return report;
    }

    private static List<WorkUnit<ImportUnitRecord>> Units(ImportPlan plan, string work, IProgress<double>? progress, CancellationToken cancel)
    {
        var units = new List<WorkUnit<ImportUnitRecord>>();
        foreach (var sources in plan.Sources.Chunk(ImportUnits.Patches))
        {
            cancel.ThrowIfCancellationRequested();
            units.Add(ImportUnits.FindOrMake(work, units.Count, plan, sources, cancel));
            progress?.Report(0.9 * Math.Min(1, units.Count * (double)ImportUnits.Patches / plan.Sources.Count));
        }

        return units;
    }

    private static ImportReport Assemble(ImportPlan plan, WorkFolder folder, List<WorkUnit<ImportUnitRecord>> units, IProgress<double>? progress, CancellationToken cancel)
    {
        using var shards = new UnitShards<ImportUnitRecord>(units, plan.Format, cancel);
        var catalog = shards.Catalog;
        RejectedScene[] rejected = [.. units.SelectMany(unit => unit.Record.Rejected), .. NotFound(plan)];
        if (catalog.Count == 0)
        {
            folder.RemoveWork();    // other options will make other units, and other jobs may use the folder
            throw new SceneException($"{plan.Options.Folder}: no patch could be used:\n{string.Join("\n", rejected.Take(5).Select(one => $"{one.Path}: {one.Reason}"))}");
        }

        var next = folder.BeginNext();
        RejectedScene.WriteTable(next, rejected);
        if (plan.Splits is { } splits)
            SplitFile.Write(Path.Combine(next, SplitFile.FileName), catalog, splits.Of(catalog));
        var unknown = new CodeCounts();
        foreach (var unit in units)
            unknown.Add(unit.Record.UnknownCodes);
        var record = new ImportRecord { Options = plan.OptionLines, Patches = catalog.Count, Rejected = rejected.Length, Content = plan.Content, Splits = plan.Splits?.PartsChecksum, UnknownCodes = unknown.All };
        AtomicFile.WriteText(Path.Combine(next, RecordName), RecipeFile.ToYaml(record));
        var statistics = new SpectralStatistics(plan.Bands.Count, Scene.NoData);
        ParallelPatches.For(units.Count, unit => units[unit].AddCounts(statistics), cancel);
        var parts = new DatasetParts
        {
            Manifest = plan.Describe(catalog),
            PatchesPerShard = plan.Options.PatchesPerShard,
            Patches = catalog,
            Fetch = shards.Read,
            Statistics = statistics,
            Records = Records,
        };
        DatasetWriter.Assemble(next, parts, done => progress?.Report(0.9 + (0.1 * done)), cancel);
        folder.Publish();
        return new ImportReport(catalog.Count, rejected, record.UnknownCodes, WasFinished: false);
    }

    /// <summary>Locations that a list names but no image has.</summary>
    private static IEnumerable<RejectedScene> NotFound(ImportPlan plan)
    {
        var found = plan.Sources.Select(source => source.LocationId).ToHashSet(StringComparer.Ordinal);
        return (plan.Splits?.Locations ?? []).Where(location => !found.Contains(location)).Order(StringComparer.Ordinal)
            .Select(location => new RejectedScene { Path = location, Reason = $"{Unfound}{plan.Splits!.ListOf(location)}, but there is no image of it. Fetch it, or take it out of the list." });
    }

    /// <summary>The finished data set with the split of now; null if files have changed since, so that it is to be made anew.</summary>
    private static ImportReport? Finished(ImportPlan plan)
    {
        var file = Path.Combine(plan.Options.Output, RecordName);
        ChecksumList.RequireUnchanged(plan.Options.Output, Records);
        var record = File.Exists(file) ? RecipeFile.Read<ImportRecord>(file) : null;
        if (record is null || !record.Options.SequenceEqual(plan.OptionLines))
            throw new DatasetException($"{plan.Options.Output}: holds a finished data set that was made otherwise. Choose another folder, or delete this one.");
        if (record.Content != plan.Content)
            return null;
        var rejected = RejectedScene.ReadTable(plan.Options.Output);
        return plan.Splits is null || plan.Splits.PartsChecksum == record.Splits
            ? new ImportReport(record.Patches, rejected, record.UnknownCodes, WasFinished: true)
            : WithSplits(plan, plan.Splits, record, rejected);
    }

    /// <summary>Writes split.csv and what tells of the lists again.</summary>
    private static ImportReport WithSplits(ImportPlan plan, SplitLists splits, ImportRecord record, IReadOnlyList<RejectedScene> before)
    {
        var output = plan.Options.Output;
        using var folder = new WorkFolder(output, Job);
        RejectedScene[] rejected = [.. before.Where(one => !one.Reason.StartsWith(Unfound, StringComparison.Ordinal)), .. NotFound(plan)];
        var catalog = Dataset.Open(output).Catalog;
        SplitFile.Write(Path.Combine(output, SplitFile.FileName), catalog, splits.Of(catalog));
        ChecksumList.Rewrite(output, Records, () =>
        {
            RejectedScene.WriteTable(output, rejected);
            AtomicFile.WriteText(Path.Combine(output, RecordName), RecipeFile.ToYaml(record with { Rejected = rejected.Length, Splits = splits.PartsChecksum }));
        });
        folder.RemoveWork();
        return new ImportReport(record.Patches, rejected, record.UnknownCodes, WasFinished: false);
    }

    /// <summary>Contents of import.yaml: how a data set was made.</summary>
    private sealed record ImportRecord
    {
        public required IReadOnlyList<string> Options { get; init; }
        public required int Patches { get; init; }
        public required int Rejected { get; init; }
        public required IReadOnlyList<CodeCount> UnknownCodes { get; init; }
        /// <summary>Checksum of the options and of the state of the files.</summary>
        public required string Content { get; init; }
        /// <summary>Checksum of the parts in the lists; null without lists.</summary>
        public string? Splits { get; init; }
    }
}
