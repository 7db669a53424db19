using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>The finished patches of one scene each.</summary>
internal static class SceneUnits
{
    /// <summary>The unit of a scene if it is finished, was made with these options of these files and is undamaged; else null.</summary>
    /// <param name="workFolder">Folder of the units.</param>
    /// <param name="scene">The scene as it was found.</param>
    public static WorkUnit<UnitRecord>? Find(string workFolder, WantedScene scene) =>
        WorkUnit<UnitRecord>.Find(PathOf(workFolder, scene.Unit), record => record.Scene.SceneId == scene.Id && record.Options == scene.Checksum);

    /// <summary>The unit of a scene if it is finished and was made with these options of these files, whatever happened to it since; else null.</summary>
    /// <inheritdoc cref="Find" path="/param"/>
    public static WorkUnit<UnitRecord>? Recorded(string workFolder, WantedScene scene) =>
        WorkUnit<UnitRecord>.Recorded(PathOf(workFolder, scene.Unit), record => record.Scene.SceneId == scene.Id && record.Options == scene.Checksum);

    /// <summary>Tiles a scene and keeps its patches.</summary>
    /// <exception cref="SceneException">The scene cannot be used; nothing is kept.</exception>
    public static WorkUnit<UnitRecord> Make(string workFolder, TilePlan plan, WantedScene wanted, Action<double> stripDone, CancellationToken cancel)
    {
        using var scene = plan.Open(wanted.Path);
        var checksum = plan.ChecksumOf(scene);  // of the files before they are read
        var statistics = new SpectralStatistics(plan.Bands.Count, Scene.NoData);
        var counts = new TileCounts();
        var arrangement = plan.Wavelengths.ArrangementOf(scene.Metadata);
        var mapping = plan.Wavelengths.MappingOf(scene.Metadata);
        var places = ScenePlaces.Of(plan, scene);
        var tiler = new SceneTiler(plan, scene, places, mapping, new PatchMaker(plan, scene, arrangement, statistics), counts);
        return WorkUnit<UnitRecord>.Make(PathOf(workFolder, wanted.Unit), plan.Format, statistics, tiler.Patches(stripDone, cancel), (patches, files) => new UnitRecord
        {
            Options = checksum,
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
                WavelengthDistanceNm = Math.Round(mapping.LargestDistanceNm, 3),
                ShiftEastM = places.ShiftM.East,
                ShiftNorthM = places.ShiftM.North,
                Width = scene.Width,
                Height = scene.Height,
            },
            Left = scene.GeoTransform.Left,
            Top = scene.GeoTransform.Top,
            SmallestNoData = counts.SmallestNoData,
            LabelCodes = [.. counts.LabelCodes],
            CodesOnScene = [.. CodesOn(scene, places.Labels)],
            Files = files,
        });
    }

    private static IEnumerable<int> CodesOn(Scene scene, ILabels? labels) =>
        labels is null ? [] : labels.Read(new RasterWindow(0, 0, scene.Width, scene.Height)).Distinct().Where(code => code != 0).Select(code => (int)code).Order();

    /// <summary>Folder of a scene's unit. The id comes from a foreign file, so it is not trusted as a path.</summary>
    public static string PathOf(string workFolder, string sceneId) =>
        Path.Combine(workFolder, Checksum.OfText(sceneId));
}
