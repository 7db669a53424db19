using SpectralEarth.Scenes;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tiling;

/// <summary>Looks at what a run of the tiler would do.</summary>
internal sealed class ForecastRun(TilePlan plan, SceneSearch search, FinishedTiles? present, IProgress<TileProgress>? progress, CancellationToken cancel)
{
    /// <summary>Scenes whose patches are encoded to learn the compression.</summary>
    private const int Samples = 3;

    private readonly int side = plan.Grid.PatchSize;
    private readonly List<SceneForecast> scenes = [];
    private readonly List<(string SceneId, RasterGrid Grid)> tiled = [];
    private (long Raw, long Stored) sampled;
    private int samples;

    /// <summary>Looks at all scenes.</summary>
    /// <exception cref="Shards.DatasetException">The data set was made with other options.</exception>
    public TileForecast Look()
    {
        var wanted = search.ChooseNew(present);
        present?.RequireOptions(plan.OptionLines, addsScenes: wanted.Count > 0);
        foreach (var scene in present?.Scenes ?? [])
            scenes.Add(new SceneForecast { SceneId = scene.SceneId, Path = search.PathOf(scene.SceneId), IsPresent = true, Patches = scene.Patches, Windows = scene.Windows });
        foreach (var (first, index) in wanted.Select((scene, index) => (scene, index)))
        {
            if (search.Take(first, Look) is { } found)
                scenes.Add(found);
            progress?.Report(new TileProgress { Phase = TilePhase.Tiling, Scene = index + 1, Scenes = wanted.Count, SceneId = first.Id, Done = 1, Patches = scenes.Sum(one => one.Patches) });
        }

        var use = new LabelUse(plan.Labels, tiled);
        return new TileForecast
        {
            Scenes = [.. scenes.OrderBy(scene => scene.SceneId, StringComparer.Ordinal)],
            Rejected = [.. search.Rejected.Concat(use.Rejected(present)).OrderBy(scene => scene.Path, StringComparer.Ordinal)],
            Warnings = [.. search.OfMissingLayers, .. use.Warnings],
            PresentPatches = present?.Record.Patches ?? 0,
            PatchBytes = sizeof(short) * (long)plan.Bands.Count * side * side,
            Ratio = sampled.Stored > 0 ? sampled.Raw / (double)sampled.Stored : null,
        };
    }

    private SceneForecast Look(WantedScene wanted)
    {
        cancel.ThrowIfCancellationRequested();
        using var scene = plan.Open(wanted.Path);
        _ = plan.Wavelengths.ArrangementOf(scene.Metadata);
        var mapping = plan.Wavelengths.MappingOf(scene.Metadata);
        var strips = ScenePlaces.Of(plan, scene).Strips;
        var passing = strips.SelectMany(strip => Passing(scene, mapping, strip)).ToArray();
        if (passing.Length > 0 && samples < Samples)
            Sample(scene, mapping, passing[passing.Length / 2]);
        tiled.Add((scene.Metadata.SceneId, RasterGrid.Of(scene)));
        return new SceneForecast
        {
            SceneId = scene.Metadata.SceneId,
            Path = wanted.Path,
            IsPresent = false,
            Windows = strips.Sum(strip => strip.Length),
            Patches = passing.Length,
        };
    }

    private IEnumerable<GridPatch> Passing(Scene scene, BandMapping mapping, GridPatch[] strip)
    {
        var ground = new GroundStrip(scene, ScenePlaces.Window(strip, side));
        var candidates = strip.Where(place => !plan.HasTooMuchNoData(ground.MissingShare(place, side))).ToArray();
        if (candidates.Length == 0)
            yield break;
        var quality = new QualityStrip(scene, ScenePlaces.Window(candidates, side), mapping.Bands);
        foreach (var place in candidates)
        {
            if (quality.Shares(place, side, ground.Of(place, side)).FirstAbove(plan.Options.MaxShares) is null)
                yield return place;
        }
    }

    private void Sample(Scene scene, BandMapping mapping, GridPatch place)
    {
        var window = ScenePlaces.Window([place], side);
        var pixels = new short[SceneStrip.SampleCount(window, plan.Bands.Count)];
        var strip = new SceneStrip(scene, window, mapping, sceneLabels: null, pixels);
        byte[] scratch = [];
        using var patch = EncodedPatch.Encode(plan.Codec, pixels, strip.Validity(place, side), labels: null, ref scratch);
        sampled = (sampled.Raw + (sizeof(short) * pixels.Length), sampled.Stored + patch.Pixels.Length);
        samples++;
    }
}
