using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Scale and offset of each band by GDAL's metadata tag (42112): items of the roles scale and offset.</summary>
/// <param name="Scales">Factor from sample to value; 1 where a band names none.</param>
/// <param name="Offsets">Value of sample 0; 0 where a band names none.</param>
internal sealed record TiffScales(IReadOnlyList<double> Scales, IReadOnlyList<double> Offsets)
{
    /// <summary>Reads the tag; null if it is absent or names no scale and no offset.</summary>
    /// <exception cref="SceneException">It is no safe XML, or a number is none.</exception>
    internal static TiffScales? Read(ByteSource source, TiffDirectory directory, int bands)
    {
        if (directory.Text(TiffTag.GdalMetadata) is not { Length: > 0 } text)
            return null;
        var (scales, offsets, isNamed) = (new double[bands], new double[bands], false);
        Array.Fill(scales, 1);
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            foreach (var item in XDocument.Load(reader).Descendants("Item"))
            {
                var target = (string?)item.Attribute("role") switch { "scale" => scales, "offset" => offsets, _ => null };
                if (target is null || !int.TryParse((string?)item.Attribute("sample"), NumberStyles.None, CultureInfo.InvariantCulture, out var band) || band >= bands)
                    continue;
                if (!double.TryParse(item.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out target[band]) || !double.IsFinite(target[band]))
                    throw source.Error($"the metadata tag has the scale or offset '{item.Value}' for band {band + 1}; expected a number.");
                isNamed = true;
            }
        }
        catch (XmlException cause)
        {
            throw source.Error($"the metadata tag is no usable XML: {cause.Message}", cause);
        }

        return isNamed ? new TiffScales(scales, offsets) : null;
    }
}
