using System.Text;
using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>
/// The finished patches of one scene, kept until all scenes are done: a shard, its catalog, counts for the statistics and
/// a record, in a folder that appears by renaming when all of it is on disk.
/// </summary>
internal sealed class SceneUnit
{
    private const string ShardName = "part.parquet";
    private const string CountsName = "counts.parquet";
    private const string RecordName = "unit.yaml";

    private readonly string folder;

    private SceneUnit(string folder, UnitRecord record) => (this.folder, Record) = (folder, record);

    /// <summary>What the scene gave.</summary>
    public UnitRecord Record { get; }

    /// <summary>The unit of a scene if it is finished, was made with these options and is undamaged; else null.</summary>
    public static SceneUnit? Find(string workFolder, string sceneId, string optionsChecksum)
    {
        try
        {
            return Recorded(workFolder, sceneId, optionsChecksum) is { } unit
                && unit.Record.Files.All(file => FileChecksum(Path.Combine(unit.folder, file.Name)) == file.Checksum) ? unit : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Not usable: the scene is tiled again, which replaces the folder.
            return null;
        }
    }

    /// <summary>The unit of a scene if it is finished and was made with these options, whatever happened to it since; else null.</summary>
    public static SceneUnit? Recorded(string workFolder, string sceneId, string optionsChecksum)
    {
        var folder = PathOf(workFolder, sceneId);
        try
        {
            if (!File.Exists(Path.Combine(folder, RecordName)))
                return null;
            var record = RecipeFile.Read<UnitRecord>(Path.Combine(folder, RecordName));
            return record.Scene.SceneId == sceneId && record.Options == optionsChecksum ? new SceneUnit(folder, record) : null;
        }
        catch (Exception e) when (e is RecipeException or FileNotFoundException or DirectoryNotFoundException)
        {
            // Damaged, or being replaced by another rank.
            return null;
        }
    }

    /// <summary>Tiles a scene and keeps its patches.</summary>
    /// <exception cref="SceneException">The scene cannot be used; nothing is kept.</exception>
    public static SceneUnit Make(string workFolder, TilePlan plan, Scene scene, Action<double> stripDone, CancellationToken cancel)
    {
        var folder = PathOf(workFolder, scene.Metadata.SceneId);
        var temporary = folder + AtomicFile.TemporarySuffix;
        Delete(temporary);
        Delete(folder);
        Directory.CreateDirectory(temporary);
        try
        {
            var record = Write(temporary, plan, scene, stripDone, cancel);
            AtomicFile.WriteText(Path.Combine(temporary, RecordName), RecipeFile.ToYaml(record));
            Directory.Move(temporary, folder);
            // A scene leaves hundreds of megabytes of large arrays. The collector would let those of several scenes pile up.
            GC.Collect();
            return new SceneUnit(folder, record);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    private static UnitRecord Write(string folder, TilePlan plan, Scene scene, Action<double> stripDone, CancellationToken cancel)
    {
        var statistics = new SpectralStatistics(plan.Bands.Count, Scene.NoData);
        var counts = new TileCounts();
        var maker = new PatchMaker(plan, scene, statistics);
        var tiler = new SceneTiler(plan, scene, maker, counts);
        var infos = new List<PatchInfo>();
        IReadOnlyList<PatchBytes> positions = [];
        var format = new ShardFormat { Codec = plan.Codec.Name, Bands = plan.Bands, PatchSize = plan.Grid.PatchSize, NoData = Scene.NoData };
        AtomicFile.Write(Path.Combine(folder, ShardName), stream => positions = ShardWriter.Write(stream, format, Noted()));
        var placed = infos.Select((info, row) => info with { Shard = ShardName, ShardRow = row, Bytes = positions[row] }).ToArray();
        CatalogFile.Write(Path.Combine(folder, CatalogFile.FileName), placed);
        StatisticsFile.Write(Path.Combine(folder, CountsName), statistics);
        string[] files = [ShardName, CatalogFile.FileName, CountsName];
        return new UnitRecord
        {
            Options = plan.OptionsChecksum,
            Scene = new SceneRecord
            {
                SceneId = scene.Metadata.SceneId,
                Time = scene.Metadata.StartTime,
                Epsg = scene.Epsg,
                Arrangement = plan.ArrangementOf(scene.Metadata),
                ProcessorVersion = scene.Metadata.ProcessorVersion,
                CorrectionType = scene.Metadata.CorrectionType,
                WavelengthsNm = scene.Metadata.Bands.Select(plan.Bands).WavelengthsNm,
                EmptyBands = [.. plan.Bands.Intersect(scene.EmptyBands)],
                Patches = placed.Length,
                Windows = counts.Windows,
                SkippedNoData = counts.SkippedNoData,
                SkippedCloud = counts.SkippedCloud,
            },
            SmallestNoData = counts.SmallestNoData,
            Files = [.. files.Select(name => new UnitFile { Name = name, Checksum = FileChecksum(Path.Combine(folder, name)) })],
        };

        IEnumerable<(PatchInfo, EncodedPatch)> Noted()
        {
            foreach (var (info, patch) in tiler.Patches(stripDone, cancel))
            {
                infos.Add(info);
                yield return (info, patch);
            }
        }
    }

    /// <summary>Catalog of the unit.</summary>
    public IReadOnlyList<PatchInfo> ReadCatalog() => CatalogFile.Read(Path.Combine(folder, CatalogFile.FileName));

    /// <summary>Opens the unit's shard.</summary>
    public ShardReader OpenShard(ShardFormat format) => ShardReader.Open(Path.Combine(folder, ShardName), format);

    /// <summary>Adds the unit's counts.</summary>
    public void AddCounts(SpectralStatistics statistics) => StatisticsFile.AddTo(statistics, Path.Combine(folder, CountsName));

    /// <summary>Folder of a scene's unit. The id comes from a foreign file, so it is not trusted as a path.</summary>
    public static string PathOf(string workFolder, string sceneId) =>
        Path.Combine(workFolder, Checksum.ToText(Checksum.Of(Encoding.UTF8.GetBytes(sceneId))));

    private static string FileChecksum(string path) => Checksum.ToText(Checksum.OfFile(path));

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
