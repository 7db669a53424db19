using System.Globalization;
using System.Text.RegularExpressions;
using SpectralEarth.Scenes.Sources;
using static System.FormattableString;

namespace SpectralEarth.Scenes;

/// <summary>What an ENVI header says of an image's bands; other fields are passed over (NV5 Geospatial, ENVI Header Files).</summary>
internal sealed partial class EnviHeader
{
    private const int MaximumBytes = 4 << 20;

    private static readonly string[] Endings = [".hdr", ".HDR"];

    private readonly string path;
    private readonly Dictionary<string, string> fields;

    private EnviHeader(string path, Dictionary<string, string> fields) => (this.path, this.fields) = (path, fields);

    /// <summary>Path of the header beside an image (same name, .hdr); null if there is none.</summary>
    /// <param name="image">Path of the image.</param>
    /// <param name="exists">Tells whether there is a file; null to look.</param>
    internal static string? PathBeside(string image, Func<string, bool>? exists = null) => Endings.Select(ending => Path.ChangeExtension(image, ending)).FirstOrDefault(exists ?? File.Exists);

    /// <summary>The header beside an image; null if there is none.</summary>
    /// <exception cref="SceneException">It cannot be read, or is no ENVI header.</exception>
    internal static EnviHeader? Beside(string image)
    {
        if (PathBeside(image) is not { } path)
            return null;
        using var file = FileSource.Open(path);
        if (file.Length > MaximumBytes)
            throw new SceneException($"{path}: has more than {MaximumBytes >> 20} MiB; expected an ENVI header. Remove the file.");
        using var reader = new StreamReader(new SourceStream(file));
        var text = reader.ReadToEnd();
        if (!text.StartsWith("ENVI", StringComparison.Ordinal))
            throw new SceneException($"{path}: does not begin with ENVI; expected an ENVI header. Remove the file.");
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match field in Field().Matches(text))
            fields.TryAdd(field.Groups["name"].Value.Trim(), field.Groups["list"].Success ? field.Groups["list"].Value : field.Groups["value"].Value.Trim());
        return new EnviHeader(path, fields);
    }

    /// <summary>Centre wavelengths, nm; null if the header has none.</summary>
    /// <param name="bands">Number of bands of the image.</param>
    /// <exception cref="SceneException">There are more or fewer, in an unknown unit, or one is no number above 0.</exception>
    internal IReadOnlyList<double>? WavelengthsNm(int bands) => Lengths("wavelength", bands);

    /// <summary>Full widths at half maximum, nm; null if the header has none.</summary>
    /// <inheritdoc cref="WavelengthsNm"/>
    internal IReadOnlyList<double>? FwhmNm(int bands) => Lengths("fwhm", bands);

    /// <summary>The value of samples without data: that of the image or, where it names none, of the header; null if both name none.</summary>
    /// <param name="image">Name of the image, for messages.</param>
    /// <param name="tag">No-data value that the image names.</param>
    /// <exception cref="SceneException">Header and image name different values, or the header's is no number.</exception>
    internal double? NoData(string image, double? tag)
    {
        const string name = "data ignore value";
        if (!fields.TryGetValue(name, out var text))
            return tag;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var stated))
            throw Error($"'{name}' is '{Shortened(text)}'; expected a number");
        // As float32, since writers round the same value in different ways.
        return tag is not { } other || ((float)other).Equals((float)stated)
            ? tag ?? stated
            : throw Error(Invariant($"'{name}' is {stated}, but the no-data tag of {image} {other}. Look which of them its pixels without data have, and correct the other"));
    }

    /// <summary>Throws if a scale is stated that is not the image's.</summary>
    /// <param name="bands">Number of bands of the image.</param>
    /// <param name="scale">Reflectance (or radiance) of sample 1.</param>
    /// <exception cref="SceneException">A gain is not <paramref name="scale"/>, an offset not 0, or the factor to divide by not 1 / <paramref name="scale"/>.</exception>
    internal void CheckScale(int bands, double scale)
    {
        foreach (var (name, count, expected) in new[] { ("data gain values", bands, scale), ("data offset values", bands, 0), ("reflectance scale factor", 1, 1 / scale) })
        {
            if (Numbers(name, count) is { } values && values.FirstOrDefault(value => Math.Abs(value - expected) > 1e-5 * expected, expected) is var other && other != expected)
                throw Error(Invariant($"'{name}' holds {other}; expected {expected:G10}, by the sensor's descriptor and the kind of samples. Bring the image to that scale, or correct 'scale' in sensor.yaml"));
        }
    }

    private double[]? Lengths(string name, int bands)
    {
        if (Numbers(name, bands) is not { } values)
            return null;
        if (values.FirstOrDefault(value => value <= 0, 1) is var wrong && wrong <= 0)
            throw Error(Invariant($"'{name}' holds {wrong}; expected numbers above 0"));
        var unit = fields.GetValueOrDefault("wavelength units", "nanometers");
        var factor = WavelengthUnit.Nanometres(unit) ?? throw Error($"'wavelength units' is '{unit}'; expected nanometers or micrometers");
        return [.. values.Select(value => value * factor)];
    }

    private double[]? Numbers(string name, int count)
    {
        if (!fields.TryGetValue(name, out var text))
            return null;
        var values = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(cell =>
            double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
                ? value
                : throw Error($"'{name}' holds '{Shortened(cell)}'; expected numbers")).ToArray();
        return values.Length == count ? values : throw Error($"'{name}' has {values.Length} values, but {(count == 1 ? "one is expected" : $"the image {count} bands")}");
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "...";

    private SceneException Error(string problem) => new($"{path}: {problem}.");

    [GeneratedRegex(@"^(?<name>[^=\r\n{}]+)=[ \t]*(?:\{(?<list>[^{}]*)\}|(?<value>[^\r\n]*))", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Field();
}
