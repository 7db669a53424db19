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
        var folder = Folder(workFolder, sceneId);
        if (!File.Exists(Path.Combine(folder, RecordName)))
            return null;
        try
        {
            var record = RecipeFile.Read<UnitRecord>(Path.Combine(folder, RecordName));
            var usable = record.Scene.SceneId == sceneId && record.Options == optionsChecksum
                && record.Files.All(file => FileChecksum(Path.Combine(folder, file.Name)) == file.Checksum);
            return usable ? new SceneUnit(folder, record) : null;
        }
        catch (Exception e) when (e is RecipeException or FileNotFoundException)
        {
            // Not usable: the scene is tiled again, which replaces the folder.
            return null;
        }
    }

    /// <summary>Tiles a scene and keeps its patches.</summary>
    /// <exception cref="SceneException">The scene cannot be used; nothing is kept.</exception>
    public static SceneUnit Make(string workFolder, TilePlan plan, Scene scene, Action<double> stripDone, CancellationToken cancel)
    {
        var folder = Folder(workFolder, scene.Metadata.SceneId);
        var temporary = folder + AtomicFile.TemporarySuffix;
        Delete(temporary);
        Delete(folder);
        Directory.CreateDirectory(temporary);
        try
        {
            var record = Write(temporary, plan, scene, stripDone, cancel);
            AtomicFile.WriteText(Path.Combine(temporary, RecordName), RecipeFile.ToYaml(record));
            Directory.Move(temporary, folder);
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
        var arrangement = plan.Wavelengths.ArrangementOf(scene.Metadata);
        var mapping = plan.Wavelengths.MappingOf(scene.Metadata);
        var places = ScenePlaces.Of(plan, scene);
        var tiler = new SceneTiler(plan, scene, places, mapping, new PatchMaker(plan, scene, arrangement, statistics), counts);
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
                Arrangement = arrangement,
                ProcessorVersion = scene.Metadata.ProcessorVersion,
                CorrectionType = scene.Metadata.CorrectionType,
                WavelengthsNm = mapping.WavelengthsNm,
                EmptyBands = mapping.EmptyChannels(scene),
                Patches = placed.Length,
                Windows = counts.Windows,
                SkippedNoData = counts.SkippedNoData,
                SkippedCloud = counts.SkippedCloud,
                SkippedOther = counts.SkippedOther,
                WavelengthDistanceNm = mapping.LargestDistanceNm,
                ShiftEastM = places.ShiftM.East,
                ShiftNorthM = places.ShiftM.North,
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

    // The id comes from a foreign file, so it is not trusted as a path.
    private static string Folder(string workFolder, string sceneId) =>
        Path.Combine(workFolder, Checksum.ToText(Checksum.Of(Encoding.UTF8.GetBytes(sceneId))));

    private static string FileChecksum(string path) => Checksum.ToText(Checksum.OfFile(path));

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
