using SpectralEarth.Scenes;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Maps whole scenes with a fine-tuned network. Memory is bounded by a row of windows, plus a byte per pixel for the map itself.</summary>
public sealed class SceneMapper
{
    /// <summary>Value of pixels outside the valid area.</summary>
    public const byte NoData = 0;

    /// <summary>Share of the network's bands without data from which on a scene is not mapped.</summary>
    private const double TooManyEmptyBands = 0.1;

    private readonly TrainedSegmentation network;
    private readonly MapOptions options;

    private SceneMapper(TrainedSegmentation network, MapOptions options) => (this.network, this.options) = (network, options);

    /// <summary>
    /// Writes the map of a scene: a GeoTIFF of class codes with the scene's CRS and geotransform, colour table and class
    /// names; beside it a PNG with legend and a CSV of the area per class, and on request probabilities and uncertainty.
    /// </summary>
    /// <param name="checkpoint">Fine-tuning run folder or .safetensors file; opened for each scene, since a network may be fitted to its wavelengths.</param>
    /// <param name="device">Where the network runs.</param>
    /// <param name="options">How to map.</param>
    /// <param name="scene">Scene with the network's bands.</param>
    /// <param name="outPath">GeoTIFF to write.</param>
    /// <param name="progress">Told the share of the scene that is done, 0 to 1.</param>
    /// <param name="cancel">Stops between batches of windows; no file is written then.</param>
    /// <exception cref="Checkpoints.CheckpointException">The checkpoint cannot be used.</exception>
    /// <exception cref="BandMismatchException">The scene lacks the network's bands.</exception>
    /// <exception cref="SceneException">The scene has another pixel size, no valid pixel or no data in a tenth of the bands, cannot be read, or its map would replace it or a file that is no map.</exception>
    /// <exception cref="DivergedNetworkException">The network answers no numbers; no file is written then.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static MapReport Map(
        string checkpoint, Device device, MapOptions options, Scene scene, string outPath, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        using var network = TrainedSegmentation.Open(checkpoint, device, scene.Metadata.Bands);
        return new SceneMapper(network, options).Map(scene, outPath, progress, cancel);
    }

    private MapReport Map(Scene scene, string outPath, IProgress<double>? progress, CancellationToken cancel)
    {
        var warnings = Check(scene);
        var grid = RasterGrid.Of(scene);
        var files = MapFiles.Beside(outPath, options);
        files.Prepare(scene);
        var leftOver = files.LeftOver();
        var codes = new byte[(long)scene.Width * scene.Height];
        var uncertainty = files.Uncertainty is null ? [] : new byte[codes.Length];
        var blended = Blending(scene).Rows(cancel).Select(rows => Finish(rows, codes, uncertainty, scene, progress));
        // Before the map as unfinished only: no file of a map is there without it.
        var probabilities = files.Probabilities + AtomicFile.TemporarySuffix;
        try
        {
            if (files.Probabilities is not null)
                WriteProbabilities(probabilities, grid, blended);
            else
                Drain(blended);

            if (!codes.AsSpan().ContainsAnyExcept(NoData))
                throw new SceneException($"{scene.Path}: no pixel is valid, so there is nothing to map.");
            GeoTiffWriter.WriteClasses(files.Map, grid, network.Classes, NoData, Rows(codes, scene.Width), MapFiles.Maker);
            if (files.Probabilities is not null)
                File.Move(probabilities, files.Probabilities, overwrite: true);
        }
        finally
        {
            if (files.Probabilities is not null)
                File.Delete(probabilities);
        }

        foreach (var file in leftOver)
            File.Delete(file);

        if (files.Uncertainty is not null)
            GeoTiffWriter.WriteBands<byte>(files.Uncertainty, grid, ["entropy, share of ln L"], ByteShare.NoData, ByteShare.Scale, Rows(uncertainty, scene.Width));
        MapPicture.Draw(codes, scene.Height, scene.Width, network.Classes).WritePng(files.Picture);
        var areas = ClassArea.Of(codes, network.Classes, scene.GeoTransform.PixelSizeM);
        ClassArea.WriteCsv(files.Areas, areas);
        return new MapReport { Files = files, Areas = areas, ValidPixels = areas.Sum(area => area.Pixels), Moved = network.Description.LabelOffset, Warnings = warnings };
    }

    private string[] Check(Scene scene)
    {
        var description = network.Description;
        if (scene.GeoTransform.PixelSizeM != description.PixelSizeM)
            throw new SceneException($"{scene.Path}: pixels of {scene.GeoTransform.PixelSizeM} m; the network learned pixels of {description.PixelSizeM} m. Resample the scene, or use another checkpoint.");
        var empty = BandMatch.EmptyOnlyHere(description, scene.EmptyBandsAmong(description.Bands));
        if (empty.Count >= TooManyEmptyBands * description.Bands.Count)
            throw new SceneException($"{scene.Path}: bands {BandNumbers.ToText(empty)} hold no data in the whole scene, {empty.Count} of the {description.Bands.Count} that the network learned; the map would be wrong. Fetch the product again, or use a network that was trained without these bands.");
        return [.. new[]
        {
            network.BandWarning,
            empty.Count > 0 ? $"Bands {BandNumbers.ToText(empty)} hold no data in the whole scene. The network learned them and sees their mean instead: expect a worse map. Fetch the product again, or train on data tiled without these bands (tile --bands)." : null,
        }.OfType<string>()];
    }

    private BlendedWindows Blending(Scene scene)
    {
        var bands = network.Description.Bands;
        return new BlendedWindows(network.Classifier(options.TestTimeAugmentation ?? network.TestedWithAugmentation), scene.Width, scene.Height,
            new WindowLayout(options.Overlap, options.BatchSize, options.WindowOffset), Scene.NoData,
            (row, rows, pixels, validity) =>
            {
                var window = new RasterWindow(0, row, scene.Width, rows);
                scene.ReadPixels(window, bands, pixels);
                scene.ReadValidity(window, bands, pixels, validity);
            });
    }

    private BlendedRows Finish(BlendedRows rows, byte[] codes, byte[] uncertainty, Scene scene, IProgress<double>? progress)
    {
        var target = codes.AsSpan(rows.FirstRow * scene.Width, rows.Rows * scene.Width);
        PatchMap.MostProbable(rows.Probabilities, target);
        for (var pixel = 0; pixel < target.Length; pixel++)
            target[pixel] = rows.Validity[pixel] == 0 ? NoData : (byte)network.Classes[target[pixel]].Code;
        if (uncertainty.Length > 0)
            Uncertainty.Of(rows, uncertainty.AsSpan(rows.FirstRow * scene.Width, target.Length));
        progress?.Report((double)(rows.FirstRow + rows.Rows) / scene.Height);
        return rows;
    }

    private static void Drain(IEnumerable<BlendedRows> blended)
    {
        foreach (var _ in blended)
        {
        }
    }

    /// <summary>One band per class, in the order in which the blending yields the rows.</summary>
    private void WriteProbabilities(string path, RasterGrid grid, IEnumerable<BlendedRows> blended)
    {
        using var source = new ProbabilityRows(blended, network.Classes.Count, grid.Width);
        GeoTiffWriter.WriteBands<byte>(path, grid, [.. network.Classes.Select(item => item.Name)], ByteShare.NoData, ByteShare.Scale, source.Fill);
    }

    private static FillRows<byte> Rows(byte[] raster, int width) =>
        (row, rows, destination) => raster.AsSpan(row * width, rows * width).CopyTo(destination);
}
