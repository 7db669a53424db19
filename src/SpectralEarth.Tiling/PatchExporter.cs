using System.Globalization;
using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>
/// Writes patches as GeoTIFFs, <c>location/scene.tif</c> as the published SpectralEarth data set has them, with
/// <c>scene.validity.tif</c> and, where there are labels, <c>scene.labels.tif</c> beside it.
/// </summary>
public static class PatchExporter
{
    private const string ImageEnding = ".tif", ValidityEnding = ".validity.tif", LabelEnding = ".labels.tif";

    /// <summary>The file that says which export has begun in the folder.</summary>
    private const string NoteName = ".export";

    private static readonly string[] Endings = [ImageEnding, ValidityEnding, LabelEnding, GeoTiffWriter.NamesBeside(LabelEnding)];
    private static readonly TiffEncoding Encoding = new() { IsPlanar = true, Compression = TiffCompression.Deflate, HasPredictor = true };

    /// <summary>True of the files that an export writes beside the images.</summary>
    internal static bool IsBesideImage(string path) =>
        path.EndsWith(ValidityEnding, StringComparison.OrdinalIgnoreCase) || path.EndsWith(LabelEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Exports all patches, or those of some locations; every value as it is.</summary>
    /// <param name="dataset">Data set.</param>
    /// <param name="output">Folder to write into. An export that was interrupted goes on there; no other file is replaced.</param>
    /// <param name="locations">Ids of the locations; empty for all.</param>
    /// <param name="progress">Told the share that is done, from one thread at a time.</param>
    /// <param name="cancel">Stops between patches.</param>
    /// <returns>Number of patches.</returns>
    /// <exception cref="DatasetException">A location is not in the data set, or a patch is damaged.</exception>
    /// <exception cref="IOException">A file of an image's name is there already, the folder cannot be written, or the disk is full.</exception>
    public static int Export(Dataset dataset, string output, IReadOnlyList<string> locations, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        var rows = Rows(dataset, locations);
        var begun = Begin(dataset, rows, output);
        var wavelengths = new PatchWavelengths(dataset);
        var gate = new Lock();
        var done = 0;
        ParallelPatches.For(rows.Length, index =>
        {
            var patch = dataset.Read(rows[index]);
            Write(dataset.Manifest, patch, output, wavelengths.Of(patch.Info));
            lock (gate)
            {
                done++;
                progress?.Report(done / (double)rows.Length);
            }
        }, cancel);
        File.Delete(begun);
        return rows.Length;
    }

    /// <summary>
    /// Notes in the folder that this export has begun. Where the note is there already, all files of its images are its own, for there was
    /// none when it began.
    /// </summary>
    /// <returns>The note, which the last step removes.</returns>
    /// <exception cref="IOException">A file that would be replaced is there, or another export has begun.</exception>
    private static string Begin(Dataset dataset, int[] rows, string output)
    {
        var note = Path.Combine(output, NoteName);
        var export = string.Join('\n', rows.Select(row => dataset.Catalog[row].LocationId).Distinct().Prepend(dataset.Manifest.Fingerprint));
        if (File.Exists(note))
        {
            return File.ReadAllText(note) == export
                ? note
                : throw new IOException($"{output} holds another export that was interrupted. Finish it with its own command, or choose an empty folder for --out.");
        }

        var files = rows.SelectMany(row => Endings, (row, ending) => ImageOf(output, dataset.Catalog[row]) + ending);
        if (files.FirstOrDefault(File.Exists) is { } present)
            throw new IOException($"{present} exists already. Choose an empty folder for --out.");
        AtomicFile.WriteText(note, export);
        return note;
    }

    private static int[] Rows(Dataset dataset, IReadOnlyList<string> locations)
    {
        var wanted = locations.ToHashSet(StringComparer.Ordinal);
        var rows = Enumerable.Range(0, dataset.Catalog.Count).Where(row => wanted.Count == 0 || wanted.Contains(dataset.Catalog[row].LocationId)).ToArray();
        var known = dataset.Catalog.Select(info => info.LocationId).ToHashSet(StringComparer.Ordinal);
        var unknown = locations.Where(id => !known.Contains(id)).ToArray();
        if (unknown.Length > 0)
            throw new DatasetException($"{dataset.Path}: there is no location {string.Join(", ", unknown)}.{(NearestName.Among(known, unknown[0]) is { } nearest ? $" Did you mean {nearest}?" : $" They are listed by: spectralearth dataset info {dataset.Path} --locations")}");
        return rows;
    }

    private static void Write(DatasetManifest manifest, Patch patch, string output, IReadOnlyList<ImageBand> bands)
    {
        var (info, side) = (patch.Info, manifest.PatchSize);
        var name = ImageOf(output, info);
        Directory.CreateDirectory(Path.GetDirectoryName(name)!);
        var grid = new RasterGrid(side, side, new GeoTransform(info.Left, info.Top, info.PixelSizeM), info.Epsg);
        var encoding = Encoding with { RowsPerStrip = side };
        var image = new ImageMetadata
        {
            Bands = bands,
            Scale = manifest.Scale,
            Items = new Dictionary<string, string>
            {
                ["SCENE_ID"] = info.SceneId,
                ["LOCATION_ID"] = info.LocationId,
                ["ACQUISITION_TIME"] = info.Time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
                ["SENSOR"] = manifest.Sensor,
                ["ARRANGEMENT"] = info.Arrangement,
            },
        };
        GeoTiffWriter.WriteImage<short>(name + ImageEnding, grid, image, encoding, manifest.NoData, (row, rows, samples) => CopyRows(patch.Pixels, side, row, rows, samples));
        GeoTiffWriter.WriteImage<byte>(name + ValidityEnding, grid, bands: 1, encoding, noData: null, (row, rows, codes) => CopyRows(patch.Validity, side, row, rows, codes));
        if (patch.Labels is { } labels)
            GeoTiffWriter.WriteClasses(name + LabelEnding, grid, manifest.Classes, noData: 0, (row, rows, codes) => CopyRows(labels, side, row, rows, codes));
    }

    /// <summary>Path of an image without its ending.</summary>
    private static string ImageOf(string output, PatchInfo info) => Path.Combine(output, FileNames.Safe(info.LocationId), FileNames.Safe(info.SceneId));

    /// <summary>Copies some rows of all channels, [C, rows, W].</summary>
    private static void CopyRows<T>(T[] planes, int side, int firstRow, int rows, Span<T> destination)
    {
        var pixels = side * side;
        for (var channel = 0; channel < planes.Length / pixels; channel++)
            planes.AsSpan((channel * pixels) + (firstRow * side), rows * side).CopyTo(destination[(channel * rows * side)..]);
    }
}
