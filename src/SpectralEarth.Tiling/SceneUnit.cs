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
    private readonly string folder;

    private SceneUnit(string folder, UnitRecord record) => (this.folder, Record) = (folder, record);

    /// <summary>What the scene gave.</summary>
    public UnitRecord Record { get; }

    /// <summary>The unit of a scene if it is finished, was made with these options and is undamaged; else null.</summary>
    public static SceneUnit? Find(string workFolder, string sceneId, string optionsChecksum)
    {
        var unit = Recorded(workFolder, sceneId, optionsChecksum);
        return unit is not null && UnitFiles.AreIntact(unit.folder, unit.Record.Files) ? unit : null;
    }

    /// <summary>The unit of a scene if it is finished and was made with these options, whatever happened to it since; else null.</summary>
    public static SceneUnit? Recorded(string workFolder, string sceneId, string optionsChecksum)
    {
        var folder = PathOf(workFolder, sceneId);
        var record = UnitFiles.ReadRecord<UnitRecord>(folder);
        return record is not null && record.Scene.SceneId == sceneId && record.Options == optionsChecksum ? new SceneUnit(folder, record) : null;
    }

    /// <summary>Tiles a scene and keeps its patches.</summary>
    /// <exception cref="SceneException">The scene cannot be used; nothing is kept.</exception>
    public static SceneUnit Make(string workFolder, TilePlan plan, Scene scene, Action<double> stripDone, CancellationToken cancel)
    {
        var folder = PathOf(workFolder, scene.Metadata.SceneId);
        UnitRecord? record = null;
        UnitFiles.Replace(folder, temporary =>
        {
            record = Write(temporary, plan, scene, stripDone, cancel);
            UnitFiles.WriteRecord(temporary, record);
        });
        return new SceneUnit(folder, record!);
    }

    private static UnitRecord Write(string folder, TilePlan plan, Scene scene, Action<double> stripDone, CancellationToken cancel)
    {
        var statistics = new SpectralStatistics(plan.Bands.Count, Scene.NoData);
        var counts = new TileCounts();
        var arrangement = plan.Wavelengths.ArrangementOf(scene.Metadata);
        var mapping = plan.Wavelengths.MappingOf(scene.Metadata);
        var places = ScenePlaces.Of(plan, scene);
        var tiler = new SceneTiler(plan, scene, places, mapping, new PatchMaker(plan, scene, arrangement, statistics), counts);
        var format = new ShardFormat { Codec = plan.Codec.Name, Bands = plan.Bands, PatchSize = plan.Grid.PatchSize, NoData = Scene.NoData };
        var (patches, files) = UnitFiles.Write(folder, format, statistics, tiler.Patches(stripDone, cancel));
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
                Patches = patches,
                Windows = counts.Windows,
                SkippedNoData = counts.SkippedNoData,
                SkippedCloud = counts.SkippedCloud,
                SkippedOther = counts.SkippedOther,
                WavelengthDistanceNm = mapping.LargestDistanceNm,
                ShiftEastM = places.ShiftM.East,
                ShiftNorthM = places.ShiftM.North,
                Width = scene.Width,
                Height = scene.Height,
            },
            Left = scene.GeoTransform.Left,
            Top = scene.GeoTransform.Top,
            SmallestNoData = counts.SmallestNoData,
            Files = files,
        };
    }

    /// <summary>Catalog of the unit.</summary>
    public IReadOnlyList<PatchInfo> ReadCatalog() => UnitFiles.Catalog(folder);

    /// <summary>Opens the unit's shard.</summary>
    public ShardReader OpenShard(ShardFormat format) => UnitFiles.Shard(folder, format);

    /// <summary>Adds the unit's counts.</summary>
    public void AddCounts(SpectralStatistics statistics) => UnitFiles.AddCounts(folder, statistics);

    /// <summary>Folder of a scene's unit. The id comes from a foreign file, so it is not trusted as a path.</summary>
    public static string PathOf(string workFolder, string sceneId) =>
        Path.Combine(workFolder, Checksum.OfText(sceneId));
}
