using System.Globalization;
using System.Net;
using System.Numerics;
using SpectralEarth.Reports;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>A single-band GeoTIFF of class codes 0 to 255; 0 means unlabelled. Thread-safe.</summary>
public sealed class LabelRaster : IDisposable
{
    /// <summary>Beginning of the names under which a map's metadata keep its classes.</summary>
    internal const string ClassItem = "CLASS_";

    /// <summary>Name under which a map's metadata keep what made it.</summary>
    internal const string MakerItem = "MADE_BY";

    private readonly TiffRaster raster;

    private LabelRaster(string path, TiffRaster raster) => (Path, this.raster) = (path, raster);

    /// <summary>File that was opened.</summary>
    public string Path { get; }

    /// <summary>Columns, pixels.</summary>
    public int Width => raster.Layout.Width;

    /// <summary>Rows, pixels.</summary>
    public int Height => raster.Layout.Height;

    /// <summary>Position on the map, or null if the file has none.</summary>
    public GeoTransform? GeoTransform => raster.Georeference.GeoTransform;

    /// <summary>EPSG code, or null if the file names none.</summary>
    public int? Epsg => raster.Georeference.Epsg;

    /// <summary>Size and place, or null if the file does not tell its place or reference system.</summary>
    public RasterGrid? Grid => GeoTransform is { } place && Epsg is { } code ? new RasterGrid(Width, Height, place, code) : null;

    /// <summary>
    /// Class names by code: those that <see cref="GeoTiffWriter.WriteClasses"/> writes into a map (CLASS_1 and so on), else those that GDAL keeps
    /// in a file beside the raster; empty if there are none.
    /// </summary>
    /// <exception cref="SceneException">The file's metadata, or those beside it, are no safe XML.</exception>
    public IReadOnlyDictionary<byte, string> ReadClassNames()
    {
        var names = OwnClassNames();
        return names.Count > 0 ? names : CategoryNames.Beside(Path);
    }

    /// <summary>What made the file, by the mark of <see cref="GeoTiffWriter.WriteClasses"/>; null without one.</summary>
    /// <exception cref="SceneException">The file's metadata are no safe XML.</exception>
    public string? ReadMaker() =>
        raster.ReadBandItems().Where(item => item.Name == MakerItem).Select(item => WebUtility.HtmlDecode(item.Text)).FirstOrDefault();

    private SortedDictionary<byte, string> OwnClassNames()
    {
        var names = new SortedDictionary<byte, string>();
        foreach (var item in raster.ReadBandItems())
        {
            if (item.Name.StartsWith(ClassItem, StringComparison.Ordinal) && byte.TryParse(item.Name.AsSpan(ClassItem.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
                names[code] = WebUtility.HtmlDecode(item.Text);    // GDAL escapes such texts twice
        }

        return names;
    }

    /// <summary>The colour table by code, 256 colours of bytes; empty if there is none.</summary>
    /// <exception cref="SceneException">The table is damaged.</exception>
    public IReadOnlyList<Rgb> ReadColors() => raster.ReadColors();

    /// <summary>Opens a GeoTIFF of integers, or of floating point numbers that are whole.</summary>
    /// <exception cref="SceneException">Absent, a folder, damaged or with several bands.</exception>
    public static LabelRaster Open(string path)
    {
        if (Directory.Exists(path) || (path.AsSpan().ContainsAny('*', '?') && !File.Exists(path)))
            throw new SceneException($"{path}: a folder or pattern; expected a file of labels. Name the files; without quotes the shell puts them in for a pattern.");
        var raster = TiffRaster.Open(path);
        if (raster.Layout.Bands == 1)
            return new LabelRaster(path, raster);
        raster.Dispose();
        throw new SceneException($"{path}: {raster.Layout.Bands} bands; expected labels in a single band. Extract it: gdal_translate -b 1 IN.TIF OUT.TIF.");
    }

    /// <summary>Null if the labels lie on the pixels of a grid and cover some of them, else the reason with what was found and expected.</summary>
    /// <param name="grid">Grid of a scene or a map.</param>
    /// <param name="owner">Whose grid it is, for the reason: "the scene".</param>
    public string? MatchProblem(RasterGrid grid, string owner)
    {
        if (GeoTransform is not { } place)
            return $"no position on the map; expected {grid.GeoTransform}, that of {owner}. Give it one: gdal_edit.py -a_srs EPSG:CODE -a_ullr LEFT TOP RIGHT BOTTOM FILE.";
        if (Epsg is not { } code)
            return $"reference system not named; expected EPSG:{grid.Epsg}, that of {owner}. Name it: gdal_edit.py -a_srs EPSG:CODE FILE; or, where GDAL knows it without a code, resample the labels: {grid.LabelWarpCommand}.";
        if (code != grid.Epsg)
            return $"reference system EPSG:{code}; expected EPSG:{grid.Epsg}, that of {owner}. Resample the labels: {grid.LabelWarpCommand}.";
        if (grid.GeoTransform.PixelOf(place) is null)
            return $"grid at {place}: its pixels do not coincide with those of {owner}, {grid.GeoTransform}. Resample the labels: {grid.LabelWarpCommand}.";
        if (On(grid).Window.Count == 0)
            return $"{Width} x {Height} pixels at {place}, do not overlap {owner}; expected {grid.GeoTransform}, {grid.Width} x {grid.Height} pixels, or a part of them.";
        return null;
    }

    /// <summary>The labels as pixels of a grid on which they lie (<see cref="MatchProblem"/>).</summary>
    /// <exception cref="InvalidOperationException">They do not lie on it.</exception>
    public GridLabels On(RasterGrid grid) => new(this, grid);

    /// <summary>Reads codes, [H, W]. The window may reach over the edges; pixels outside and the file's no-data are 0.</summary>
    /// <exception cref="SceneException">The file is damaged, or a sample is no whole number or does not fit into a byte.</exception>
    public byte[] Read(RasterWindow window) => Read(window, code => code is >= 0 and <= byte.MaxValue ? (byte)code : null);

    /// <summary>Reads codes of any size and gives them new ones, [H, W]; codes that have none, pixels outside and the file's no-data are 0.</summary>
    /// <param name="window">Pixels to read; it may reach over the edges.</param>
    /// <param name="codes">New code by code in the file.</param>
    /// <param name="unknown">Told the code of each pixel that has no new one; 0, which says unlabelled, is passed over.</param>
    /// <exception cref="SceneException">The file is damaged, or a sample is no whole number of 64 bits.</exception>
    public byte[] Read(RasterWindow window, IReadOnlyDictionary<long, byte> codes, Action<long> unknown) => Read(window, code =>
    {
        if (!codes.TryGetValue(code, out var known) && code != 0)
            unknown(code);
        return known;
    });

    private byte[] Read(RasterWindow window, Func<long, byte?> translate) => raster.Layout.Kind switch
    {
        SampleKind.UInt8 => Read<byte>(window, translate),
        SampleKind.Int8 => Read<sbyte>(window, translate),
        SampleKind.UInt16 => Read<ushort>(window, translate),
        SampleKind.Int16 => Read<short>(window, translate),
        SampleKind.UInt32 => Read<uint>(window, translate),
        SampleKind.Int32 => Read<int>(window, translate),
        SampleKind.UInt64 => Read<ulong>(window, translate),
        SampleKind.Int64 => Read<long>(window, translate),
        SampleKind.Float32 => Read<float>(window, translate),
        _ => Read<double>(window, translate),
    };

    /// <inheritdoc/>
    public void Dispose() => raster.Dispose();

    private byte[] Read<T>(RasterWindow window, Func<long, byte?> translate) where T : unmanaged, INumber<T>
    {
        var samples = new T[window.Count];
        raster.Read(window, [1], samples, default);
        var noData = NoData<T>();
        var codes = new byte[samples.Length];
        for (var i = 0; i < samples.Length; i++)
        {
            // Equals, not ==, by which NaN is not even itself.
            if (noData is { } unlabelled && samples[i].Equals(unlabelled))
                continue;
            codes[i] = (Code(samples[i]) is { } code ? translate(code) : null) ?? throw NoCode(samples[i], window.Column + (i % window.Width), window.Row + (i / window.Width));
        }

        return codes;
    }

    /// <summary>The whole number that a sample is; null if it is none, or has more than 64 bits.</summary>
    private static long? Code<T>(T sample) where T : INumber<T>
    {
        var code = long.CreateSaturating(sample);
        return T.CreateSaturating(code) == sample ? code : null;
    }

    /// <summary>The file's no-data value as a sample; null if it names none, or one that no sample can have.</summary>
    private T? NoData<T>() where T : unmanaged, INumber<T>
    {
        if (raster.Georeference.NoData is not { } value)
            return null;
        var sample = T.CreateSaturating(value);
        // What is written of a float's value may have more or fewer digits than the float.
        var isExact = typeof(T) == typeof(float) || T.IsNaN(sample) || double.CreateSaturating(sample) == value;
        return isExact ? sample : null;
    }

    private SceneException NoCode<T>(T sample, int column, int row) where T : INumber<T>
    {
        var expected = T.IsInteger(sample) ? "0 to 255. Give the classes codes from 1 to 255, for example with gdal_calc.py" : "a whole number, the code of a class. Correct it, for example with gdal_calc.py";
        return new SceneException(string.Create(CultureInfo.InvariantCulture,
            $"{Path}: code {sample} at column {column}, row {row}; expected {expected}; if this one says unlabelled: gdal_edit.py -a_nodata {sample} FILE."));
    }
}
