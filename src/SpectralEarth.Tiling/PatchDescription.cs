using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tiling;

/// <summary>Where a patch comes from.</summary>
/// <param name="LocationId">Name of the place.</param>
/// <param name="SceneId">Name of the scene.</param>
/// <param name="Time">Acquisition, UTC.</param>
/// <param name="Arrangement">Arrangement of the scene's wavelengths.</param>
/// <param name="Epsg">EPSG code of a UTM zone.</param>
/// <param name="Corner">Position on the map.</param>
/// <param name="Column">First column in the scene.</param>
/// <param name="Row">First row in the scene.</param>
internal sealed record PatchDescription(
    string LocationId, string SceneId, DateTime Time, string Arrangement, int Epsg, GeoTransform Corner, int Column, int Row)
{
    /// <summary>The catalog row of the patch; the shard writer fills in where the patch went.</summary>
    /// <param name="side">Side of the patch, pixels.</param>
    /// <param name="noData">Share of pixels without data or ground.</param>
    /// <param name="shares">Shares of the qualities.</param>
    /// <param name="labels">Label codes, [P, P], or null.</param>
    /// <param name="checksum">See <see cref="PatchInfo.Checksum"/>.</param>
    public PatchInfo Info(int side, double noData, QualityShares shares, byte[]? labels, ulong checksum) => new()
    {
        LocationId = LocationId,
        SceneId = SceneId,
        Time = Time,
        Epsg = Epsg,
        Left = Corner.Left,
        Top = Corner.Top,
        PixelSizeM = Corner.PixelSizeM,
        SceneColumn = Column,
        SceneRow = Row,
        Arrangement = Arrangement,
        Footprint = Epsg == GroundGrid.UnknownPlace ? [(0, 0), (0, 0), (0, 0), (0, 0)] : MapProjection.Footprint(Epsg, Corner, side),
        NoDataFraction = noData,
        CloudFraction = shares[PixelQuality.Cloud],
        CloudShadowFraction = shares[PixelQuality.CloudShadow],
        HazeFraction = shares[PixelQuality.Haze],
        CirrusFraction = shares[PixelQuality.Cirrus],
        SnowFraction = shares[PixelQuality.Snow],
        WaterFraction = shares[PixelQuality.Water],
        DefectiveFraction = shares[PixelQuality.Defective],
        LowQualityFraction = shares[PixelQuality.LowQuality],
        LabelledFraction = labels is null ? 0 : 1 - (labels.AsSpan().Count((byte)0) / (double)labels.Length),
        Shard = "",
        ShardRow = 0,
        Checksum = checksum,
    };
}
