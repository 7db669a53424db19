using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>GDAL's metadata tag (42112): an XML list of named texts for the image, for its bands, and, by roles, for what GDAL itself knows of them.</summary>
internal static class GdalMetadata
{
    /// <summary>An item of a band.</summary>
    /// <param name="Name">Name.</param>
    /// <param name="Band">Place of the band, from 0.</param>
    /// <param name="Role">Role, for example "scale"; null for none.</param>
    /// <param name="Text">Value.</param>
    internal readonly record struct BandItem(string Name, int Band, string? Role, string Text);

    /// <summary>The items of single bands; none where the tag is absent. Those of bands that the image does not have are left out.</summary>
    /// <exception cref="SceneException">It is no safe XML.</exception>
    internal static IReadOnlyList<BandItem> BandItems(ByteSource source, TiffDirectory directory, int bands)
    {
        if (directory.Text(TiffTag.GdalMetadata) is not { Length: > 0 } text)
            return [];
        var items = new List<BandItem>();
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            foreach (var item in XDocument.Load(reader).Descendants("Item"))
            {
                if (int.TryParse((string?)item.Attribute("sample"), NumberStyles.None, CultureInfo.InvariantCulture, out var band) && band < bands)
                    items.Add(new BandItem((string?)item.Attribute("name") ?? "", band, (string?)item.Attribute("role"), item.Value));
            }
        }
        catch (XmlException cause)
        {
            throw source.Error($"the metadata tag is no usable XML: {cause.Message}", cause);
        }

        return items;
    }
}
