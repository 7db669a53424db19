using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>Makes the patches of a strip: thresholds, quality shares, encoding, statistics. Safe to use from several threads.</summary>
internal sealed class PatchMaker(TilePlan plan, Scene scene, string arrangement, SpectralStatistics statistics)
{
    private readonly int side = plan.Grid.PatchSize;

    [ThreadStatic]
    private static byte[]? scratch;
    [ThreadStatic]
    private static short[]? pixelScratch;

    /// <summary>The patch at a location, or null with a note of why it is left out.</summary>
    public (PatchInfo Info, EncodedPatch Patch)? Make(SceneStrip strip, GridPatch place, TileCounts counts)
    {
        var validity = strip.Validity(place, side);
        var noData = validity.AsSpan().Count((byte)0) / (double)validity.Length;
        if (plan.HasTooMuchNoData(noData))
        {
            counts.TooMuchNoData(noData);
            return null;
        }

        counts.Window(noData);

        var shares = strip.Quality.Shares(place, side, validity);
        if (shares.FirstAbove(plan.Options.MaxShares) is { } quality)
        {
            counts.TooMuchOf(quality);
            return null;
        }

        strip.Quality.Mask(plan.Options.Mask, place, side, validity);
        if (!validity.Contains((byte)1))
        {
            counts.TooMuchOf(plan.Options.Mask[^1]);
            return null;
        }

        var length = plan.Bands.Count * validity.Length;
        if (pixelScratch is null || pixelScratch.Length < length)
            pixelScratch = FreshMemory.Array<short>(length);
        var pixels = pixelScratch.AsSpan(0, length);
        strip.CopyPixels(place, side, pixels);
        statistics.Add(pixels, validity);
        var labels = strip.Labels(place, side);
        counts.Labels(labels);
        scratch ??= [];
        var patch = EncodedPatch.Encode(plan.Codec, pixels, validity, labels, ref scratch);
        return (Describe(place).Info(side, noData, shares, labels, patch.Checksum), patch);
    }

    private PatchDescription Describe(GridPatch place) => new(
        plan.Grid.LocationId(scene.Epsg, place), scene.Metadata.SceneId, scene.Metadata.StartTime, arrangement,
        scene.Epsg, PatchGrid.CornerOf((place.Row, place.Column)), place.SceneColumn, place.SceneRow);
}
