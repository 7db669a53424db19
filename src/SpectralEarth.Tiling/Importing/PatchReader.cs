using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling.Importing;

/// <summary>Reads and encodes patches that lie in files of their own. Safe to use from several threads.</summary>
/// <param name="plan">What is imported.</param>
/// <param name="statistics">Receives the pixels of the patches that were read.</param>
/// <param name="unknownCodes">Receives their label codes of no class.</param>
internal sealed class PatchReader(ImportPlan plan, SpectralStatistics statistics, CodeCounts unknownCodes)
{
    private readonly int side = plan.PatchSize;

    [ThreadStatic]
    private static byte[]? scratch;

    /// <summary>Reads a patch.</summary>
    /// <exception cref="SceneException">A file cannot be used; the message says why.</exception>
    public (PatchInfo Info, EncodedPatch Patch) Read(SourcePatch source)
    {
        if (plan.Targets is not null)
            return ReadNumpy(source);
        using var scene = SensorImage.Open(source.Image, plan.Sensor);
        Check(scene);
        var window = new RasterWindow(0, 0, side, side);
        var pixels = new short[plan.Bands.Count * window.Count];
        var validity = new byte[window.Count];
        scene.ReadPixels(window, plan.Bands, pixels);
        scene.ReadValidity(window, plan.Bands, pixels, validity);
        var noData = validity.AsSpan().Count((byte)0) / (double)validity.Length;
        if (noData == 1)
            throw new SceneException($"{Path.GetFileName(source.Image)}: not one pixel has data in all bands; expected some. Leave the file out.");
        var unknown = new CodeCounts();
        var labels = source.Labels is null ? null : Labels(source.Labels, scene, window, unknown);
        var shares = new QualityStrip(scene, window, plan.Bands).Shares(new GridPatch(0, 0, 0, 0), side, validity);
        scratch ??= [];
        var patch = EncodedPatch.Encode(plan.Codec, pixels, validity, labels, ref scratch);
        statistics.Add(pixels, validity);
        unknownCodes.Add(unknown.All);
        // Without wavelengths in the file any arrangement may be meant: its bands are known by number only.
        var arrangement = scene.Metadata.TellsWavelengths || plan.Sensor.Arrangements.Count == 1
            ? plan.Sensor.ArrangementOf(scene.Metadata.Bands)!.Name : SensorArrangement.Unknown;
        var description = new PatchDescription(source.LocationId, source.SceneId, source.Time, arrangement, scene.Epsg, scene.GeoTransform, Column: 0, Row: 0);
        return (description.Info(side, noData, shares, labels, patch.Checksum), patch);
    }

    /// <summary>
    /// Reads an image of numbers without a place on earth, resized as the reference does. In the catalog such patches stand in a row, each
    /// by itself, so that no two seem to share ground.
    /// </summary>
    private (PatchInfo Info, EncodedPatch Patch) ReadNumpy(SourcePatch source)
    {
        var targets = plan.Targets!.Of(source.LocationId);
        var image = NumpyImage.Read(source.Image, plan.Bands.Count);
        var resized = BicubicResize.Apply(image.Values, plan.Bands.Count, image.Height, image.Width, side);
        var pixels = new short[resized.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var rounded = MathF.Round(resized[i]);
            if (!(rounded > Scene.NoData && rounded <= short.MaxValue))
                throw new SceneException($"{Path.GetFileName(source.Image)}: value {resized[i]} does not fit 16 bits; expected {Scene.NoData + 1} to {short.MaxValue}.");
            pixels[i] = (short)rounded;
        }

        byte[] validity = [.. Enumerable.Repeat((byte)1, side * side)];
        scratch ??= [];
        var patch = EncodedPatch.Encode(plan.Codec, pixels, validity, null, ref scratch);
        statistics.Add(pixels, validity);
        var place = new GeoTransform(2.0 * side * source.Number * plan.Sensor.Descriptor.PixelSizeM, 0, plan.Sensor.Descriptor.PixelSizeM);
        var description = new PatchDescription(source.LocationId, source.SceneId, source.Time, "", GroundGrid.UnknownPlace, place, Column: 0, Row: 0);
        return (description.Info(side, noData: 0, new QualityShares(), null, patch.Checksum) with { Targets = targets }, patch);
    }

    private void Check(Scene scene)
    {
        var name = Path.GetFileName(scene.Path);
        if (scene.Width != side || scene.Height != side)
            throw new SceneException($"{name}: {scene.Width} x {scene.Height} pixels; expected {side} x {side}. Name the size with --patch-size.");
        if (!MapProjection.IsUtm(scene.Epsg))
            throw new SceneException($"{name}: EPSG:{scene.Epsg} is no UTM zone. Warp it into one: gdalwarp -t_srs EPSG:326...");
        if (scene.GeoTransform.PixelSizeM != plan.Sensor.Descriptor.PixelSizeM)
            throw new SceneException(FormattableString.Invariant($"{name}: pixels of {scene.GeoTransform.PixelSizeM} m; expected {plan.Sensor.Descriptor.PixelSizeM} m, those of {plan.Sensor.Descriptor.Name}. Name the right sensor."));
        if (plan.Sensor.ArrangementOf(scene.Metadata.Bands) is null)
            throw new SceneException($"{name}: the wavelengths in its header are not those of {plan.Sensor.Descriptor.Name}. Name the right sensor.");
    }

    private byte[] Labels(string path, Scene scene, RasterWindow window, CodeCounts unknown)
    {
        if (!File.Exists(path))
            throw new SceneException($"{path}: there is no such file; expected the labels of {Path.GetFileName(scene.Path)}.");
        using var raster = LabelRaster.Open(path);
        var grid = RasterGrid.Of(scene);
        if (raster.MatchProblem(grid, "the image") is { } problem)
            throw new SceneException($"{path}: {problem}");
        var labels = raster.On(grid);
        return labels.Window == window
            ? raster.Read(labels.InRaster(window), plan.Codes, code => unknown.Add(code))
            : throw new SceneException($"{path}: {raster.Width} x {raster.Height} pixels, {raster.GeoTransform}, cover a part of the image only; expected {side} x {side} pixels, {grid.GeoTransform}. Fetch the file again, or leave it out.");
    }
}
