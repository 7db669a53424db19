using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Tiling;

/// <summary>Makes the patches of a strip: thresholds, quality shares, encoding, statistics. Safe to use from several threads.</summary>
internal sealed class PatchMaker(TilePlan plan, Scene scene, SpectralStatistics statistics)
{
    private readonly int side = plan.Grid.PatchSize;
    private readonly string arrangement = plan.ArrangementOf(scene.Metadata);

    [ThreadStatic]
    private static byte[]? scratch;
    [ThreadStatic]
    private static short[]? pixelScratch;

    /// <summary>The patch at a location, or null with a note of why it is left out.</summary>
    public (PatchInfo Info, EncodedPatch Patch)? Make(SceneStrip strip, GridPatch place, TileCounts counts)
    {
        var validity = strip.Validity(place, side);
        var noData = validity.AsSpan().Count((byte)0) / (double)validity.Length;
        counts.Window(noData);
        if (plan.HasTooMuchNoData(noData))
        {
            counts.TooMuchNoData();
            return null;
        }

        var cloud = strip.Share(QualityLayer.Cloud, place, side, validity);
        if (plan.IsTooCloudy(cloud))
        {
            counts.TooCloudy();
            return null;
        }

        var length = plan.Bands.Count * validity.Length;
        if (pixelScratch is null || pixelScratch.Length < length)
            pixelScratch = GC.AllocateUninitializedArray<short>(length);
        var pixels = pixelScratch.AsSpan(0, length);
        strip.CopyPixels(place, side, pixels);
        statistics.Add(pixels, validity);
        var labels = strip.Labels(place, side);
        scratch ??= [];
        var patch = EncodedPatch.Encode(plan.Codec, pixels, validity, labels, ref scratch);
        return (Describe(place, patch.Checksum, noData, cloud, layer => strip.Share(layer, place, side, validity), labels), patch);
    }

    private PatchInfo Describe(GridPatch place, ulong checksum, double noData, double cloud, Func<QualityLayer, double> share, byte[]? labels)
    {
        var corner = scene.GeoTransform.Shifted(place.SceneColumn, place.SceneRow);
        (double, double) Corner(int column, int row)
        {
            var (easting, northing) = corner.ToMap(column, row);
            return MapProjection.ToLongitudeLatitude(scene.Epsg, easting, northing);
        }

        return new PatchInfo
        {
            LocationId = plan.Grid.LocationId(scene.Epsg, place),
            SceneId = scene.Metadata.SceneId,
            Time = scene.Metadata.StartTime,
            Epsg = scene.Epsg,
            Left = corner.Left,
            Top = corner.Top,
            PixelSizeM = corner.PixelSizeM,
            SceneColumn = place.SceneColumn,
            SceneRow = place.SceneRow,
            Arrangement = arrangement,
            Footprint = [Corner(0, 0), Corner(side, 0), Corner(side, side), Corner(0, side)],
            NoDataFraction = noData,
            CloudFraction = cloud,
            CloudShadowFraction = share(QualityLayer.CloudShadow),
            HazeFraction = share(QualityLayer.Haze),
            CirrusFraction = share(QualityLayer.Cirrus),
            SnowFraction = share(QualityLayer.Snow),
            WaterFraction = share(QualityLayer.Classes),
            LabelledFraction = labels is null ? 0 : 1 - (labels.AsSpan().Count((byte)0) / (double)labels.Length),
            Shard = "",    // the shard writer fills in where the patch went
            ShardRow = 0,
            Checksum = checksum,
        };
    }
}
