using SpectralEarth.Scenes.Sources;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes;

/// <summary>
/// Opens the GeoTIFF of any sensor as a scene: what EnMAP's METADATA.XML tells comes from the sensor's descriptor, the ENVI
/// header beside the image where there is one, the image's own wavelengths and the file's name. EnMAP's quality layers are read where they lie beside an
/// image of EnMAP, as in HySpecNet-11k; other sensors have none that are known.
/// </summary>
public static class SensorImage
{
    /// <summary>Time of scenes whose names tell none.</summary>
    public static readonly DateTime UnknownTime = DateTime.UnixEpoch;

    private const string ImageKey = "-SPECTRAL_IMAGE";

    /// <summary>True for names that end like those of TIFF files.</summary>
    public static bool IsTiff(string path) =>
        path.EndsWith(".tif", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tiff", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens an image. Its name without extension and "-SPECTRAL_IMAGE" is the scene's.</summary>
    /// <param name="path">A GeoTIFF with the sensor's whole cube, the bands of its table or those kept by default.</param>
    /// <param name="sensor">Sensor.</param>
    /// <exception cref="SceneException">The image cannot be used; the message says what was found and expected.</exception>
    public static Scene Open(string path, Sensor sensor)
    {
        var raster = TiffRaster.Open(path);
        try
        {
            var numbers = sensor.NumbersOf(raster.Layout.Bands) ?? throw OtherBands(raster, sensor);
            if (Problem(raster) is { } problem)
                throw new SceneException($"{raster.Name}: {problem}");
            var header = EnviHeader.Beside(path);
            var metadata = Metadata(path, raster, sensor, numbers, header);
            var noData = (header is null ? raster.Georeference.NoData : header.NoData(raster.Name, raster.Georeference.NoData)) ?? sensor.Descriptor.NoData;
            var factor = ScaleFactor(raster, sensor, metadata, noData);
            header?.CheckScale(numbers.Count, sensor.Descriptor.Scale * factor);
            var image = new SpectralImage(raster, factor, numbers, noData);
            return new Scene(path, null, FilesOf(path, sensor), metadata, image, new QualityRasters(key => Layer(path, sensor, key), image));
        }
        catch
        {
            raster.Dispose();
            throw;
        }
    }

    /// <summary>Full paths of the files that an image is read from: itself, and of the header and the quality layers beside it those that there are.</summary>
    /// <param name="path">The image.</param>
    /// <param name="sensor">Sensor.</param>
    /// <param name="exists">Tells of a full path whether there is such a file; null to look.</param>
    public static IReadOnlyList<string> FilesOf(string path, Sensor sensor, Func<string, bool>? exists = null)
    {
        var (image, isThere) = (Path.GetFullPath(path), exists ?? File.Exists);
        var layers = sensor.Descriptor.Products == ProductForm.EnmapL2a ? SceneRasters.LayerKeys.Select(key => LayerPath(image, key)).Where(isThere) : [];
        return EnviHeader.PathBeside(image, isThere) is { } header ? [image, header, .. layers] : [image, .. layers];
    }

    private static SceneException OtherBands(TiffRaster raster, Sensor sensor)
    {
        var (bands, name) = (raster.Layout.Bands, sensor.Descriptor.Name);
        var expected = string.Join(" or ", new[] { sensor.CubeBands, sensor.Bands.Count, sensor.DefaultBands.Count }.Distinct());
        return new SceneException(bands > 1
            ? $"{raster.Name}: {bands} bands; expected {expected}, as {name} has. Name the right sensor with --sensor."
            : $"{raster.Name}: a single band; expected {expected}, as {name} has. Put the files of all bands together: gdalbuildvrt -separate CUBE.VRT *_B*.TIF and gdal_translate CUBE.VRT CUBE.TIF.");
    }

    private static string? Problem(TiffRaster raster)
    {
        if (raster.Layout.Kind is not (SampleKind.Int16 or SampleKind.Float32))
            return ReflectanceScale.KindProblem(raster.Layout.Kind, "Int16");
        if (raster.Georeference.GeoTransform is null)
            return "has no georeference; expected ModelPixelScale and ModelTiepoint. Give it one: gdal_edit.py -a_srs EPSG:... -a_ullr ...";
        return raster.Georeference.Epsg is null ? "names no reference system; expected the EPSG code of a UTM zone. Set it: gdal_edit.py -a_srs EPSG:..." : null;
    }

    private static double ScaleFactor(TiffRaster raster, Sensor sensor, SceneMetadata metadata, double noData)
    {
        var (name, scale) = (sensor.Descriptor.Name, sensor.Descriptor.Scale);
        if (sensor.Descriptor.Quantity == SensorDescriptor.Reflectance)
            return ReflectanceScale.Factor(raster, metadata, metadataSource: null, scale, noData);
        return raster.Layout.Kind == SampleKind.Int16 ? 1
            : throw new SceneException($"{raster.Name}: samples are Float32; expected Int16, since values of {name} are no reflectance. Convert it: {ReflectanceScale.Conversion(1)}.{ReflectanceScale.Filling(noData)}");
    }

    private static SceneMetadata Metadata(string path, TiffRaster raster, Sensor sensor, IReadOnlyList<int> numbers, EnviHeader? header)
    {
        var (name, count) = (SceneName(path), raster.Layout.Bands);
        var own = OwnBands(header, raster, numbers);
        return new SceneMetadata
        {
            SceneId = name,
            StartTime = AcquisitionTime.InName(name) ?? UnknownTime,
            ProcessorVersion = "",
            CorrectionType = "",
            Bands = own ?? sensor.Bands.Select(numbers.Intersect(sensor.Bands.Numbers)),
            TellsWavelengths = own is not null,
            Gains = [.. Enumerable.Repeat(sensor.Descriptor.Scale, count)],
            Offsets = new double[count],
            EmptyBands = [],
            Width = raster.Layout.Width,
            Height = raster.Layout.Height,
            Epsg = raster.Georeference.Epsg!.Value,
            CoverPercent = new Dictionary<string, double>(),
        };
    }

    private static string SceneName(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return name.EndsWith(ImageKey, StringComparison.OrdinalIgnoreCase) ? name[..^ImageKey.Length] : name;
    }

    private static string LayerPath(string path, string key) => Path.Combine(Path.GetDirectoryName(path)!, $"{SceneName(path)}-{key}.TIF");

    private static FileSource? Layer(string path, Sensor sensor, string key) =>
        sensor.Descriptor.Products == ProductForm.EnmapL2a && LayerPath(path, key) is var file && File.Exists(file) ? FileSource.Open(file) : null;

    /// <summary>Bands with the wavelengths of the header beside the image, or those that the image itself tells; null if neither tells any.</summary>
    private static BandTable? OwnBands(EnviHeader? header, TiffRaster raster, IReadOnlyList<int> numbers)
    {
        if ((header?.WavelengthsNm(numbers.Count) ?? raster.ReadWavelengthsNm()) is not { } wavelengths)
            return null;
        var widths = header?.FwhmNm(numbers.Count);
        return new BandTable(numbers.Select((number, i) => new Band(number, wavelengths[i], widths?[i] ?? double.NaN)));
    }
}
