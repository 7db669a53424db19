using SpectralEarth.Scenes;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Maps whole scenes with a fine-tuned network. Memory is bounded by a row of windows, plus one byte per pixel for the map itself.</summary>
/// <param name="network">Fine-tuned network.</param>
/// <param name="options">How to map.</param>
public sealed class SceneMapper(TrainedSegmentation network, MapOptions options)
{
    /// <summary>Value of pixels outside the valid area.</summary>
    public const byte NoData = 0;

    /// <summary>
    /// Writes the map of a scene: a GeoTIFF of class codes with the scene's CRS and geotransform, colour table and class
    /// names; beside it a PNG with legend and a CSV of the area per class, and on request the probabilities.
    /// </summary>
    /// <param name="scene">Scene with the network's bands.</param>
    /// <param name="outPath">GeoTIFF to write.</param>
    /// <param name="progress">Told the share of the scene that is done, 0 to 1.</param>
    /// <param name="cancel">Stops between batches of windows; no file is written then.</param>
    /// <exception cref="BandMismatchException">The scene lacks the network's bands.</exception>
    /// <exception cref="SceneException">The scene has another pixel size, no valid pixel, or cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public MapReport Map(Scene scene, string outPath, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        var warning = Check(scene);
        var grid = RasterGrid.Of(scene);
        var files = MapFiles.Beside(outPath, options.Probabilities);
        var codes = new byte[(long)scene.Width * scene.Height];
        var blended = Blending(scene).Rows(cancel).Select(rows => Finish(rows, codes, scene, progress));
        if (files.Probabilities is { } path)
            WriteProbabilities(path, grid, blended);
        else
            Drain(blended);

        if (!codes.AsSpan().ContainsAnyExcept(NoData))
            throw new SceneException($"{scene.Path}: no pixel is valid, so there is nothing to map.");
        MapClass[] classes = [.. network.Classes.Select(item => new MapClass((byte)item.Code, item.Name, item.Color))];
        GeoTiffWriter.WriteClasses(files.Map, grid, classes, NoData, (row, rows, destination) =>
            codes.AsSpan(row * scene.Width, rows * scene.Width).CopyTo(destination));
        MapPicture.Draw(codes, scene.Height, scene.Width, network.Classes).WritePng(files.Picture);
        var areas = ClassArea.Of(codes, network.Classes, scene.GeoTransform.PixelSizeM);
        ClassArea.WriteCsv(files.Areas, areas);
        return new MapReport { Files = files, Areas = areas, ValidPixels = areas.Sum(area => area.Pixels), Warnings = warning is null ? [] : [warning] };
    }

    private string? Check(Scene scene)
    {
        var description = network.Description;
        if (scene.GeoTransform.PixelSizeM != description.PixelSizeM)
            throw new SceneException($"{scene.Path}: pixels of {scene.GeoTransform.PixelSizeM} m; the network learned pixels of {description.PixelSizeM} m. Resample the scene, or use another checkpoint.");
        return BandMatch.Check(scene.Metadata.Bands, "scene", description.Bands, description.WavelengthsNm);
    }

    private BlendedWindows Blending(Scene scene)
    {
        var bands = network.Description.Bands;
        return new BlendedWindows(network.Classifier(options.TestTimeAugmentation), scene.Width, scene.Height, options.Overlap, options.BatchSize, Scene.NoData,
            (row, rows, pixels, validity) =>
            {
                var window = new RasterWindow(0, row, scene.Width, rows);
                scene.ReadPixels(window, bands, pixels);
                scene.ReadValidity(window, bands, pixels, validity);
            });
    }

    private BlendedRows Finish(BlendedRows rows, byte[] codes, Scene scene, IProgress<double>? progress)
    {
        var target = codes.AsSpan(rows.FirstRow * scene.Width, rows.Rows * scene.Width);
        PatchMap.MostProbable(rows.Probabilities, target);
        for (var pixel = 0; pixel < target.Length; pixel++)
            target[pixel] = rows.Validity[pixel] == 0 ? NoData : (byte)network.Classes[target[pixel]].Code;
        progress?.Report((double)(rows.FirstRow + rows.Rows) / scene.Height);
        return rows;
    }

    private static void Drain(IEnumerable<BlendedRows> blended)
    {
        foreach (var _ in blended)
        {
        }
    }

    /// <summary>One band per class and one for the entropy, in the order in which the blending yields the rows.</summary>
    private void WriteProbabilities(string path, RasterGrid grid, IEnumerable<BlendedRows> blended)
    {
        using var source = new ProbabilityRows(blended, network.Classes.Count, grid.Width);
        GeoTiffWriter.WriteFloats(path, grid, [.. network.Classes.Select(item => item.Name), "entropy"], float.NaN, source.Fill);
    }
}

/// <summary>How to map a scene.</summary>
public sealed record MapOptions
{
    /// <summary>Share of a window that its neighbour covers too, in [0, 1).</summary>
    public double Overlap { get; init; } = 0.5;
    /// <summary>Windows classified together.</summary>
    public int BatchSize { get; init; } = 16;
    /// <summary>Whether to average over the eight flips and rotations (eight times the work), as the test of fine-tuning does.</summary>
    public bool TestTimeAugmentation { get; init; } = true;
    /// <summary>Whether to write the probability of each class and their entropy as well.</summary>
    public bool Probabilities { get; init; }
}

/// <summary>Files that a map consists of.</summary>
/// <param name="Map">GeoTIFF of class codes.</param>
/// <param name="Picture">PNG with legend.</param>
/// <param name="Areas">CSV of the area per class.</param>
/// <param name="Probabilities">GeoTIFF of probabilities, or null.</param>
public sealed record MapFiles(string Map, string Picture, string Areas, string? Probabilities)
{
    internal static MapFiles Beside(string map, bool probabilities)
    {
        map = Path.GetFullPath(map);
        return new(map, Path.ChangeExtension(map, ".png"), Path.ChangeExtension(map, ".areas.csv"), probabilities ? Path.ChangeExtension(map, ".probabilities.tif") : null);
    }
}

/// <summary>What was mapped.</summary>
public sealed record MapReport
{
    /// <summary>Files written.</summary>
    public required MapFiles Files { get; init; }
    /// <summary>Area of each class, in class order.</summary>
    public required IReadOnlyList<ClassArea> Areas { get; init; }
    /// <summary>Pixels with a class.</summary>
    public required long ValidPixels { get; init; }
    /// <summary>What a person should know about the map.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
