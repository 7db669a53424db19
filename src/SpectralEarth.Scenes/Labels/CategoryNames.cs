using System.Security;
using System.Xml;
using System.Xml.Linq;
using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Names of a raster's codes in GDAL's persistent auxiliary metadata, a file beside the raster: a list in which the place is the code.</summary>
internal static class CategoryNames
{
    private const int MaximumCharacters = 64 << 20;

    /// <summary>The file beside a raster in which GDAL looks for names.</summary>
    internal static string PathBeside(string raster) => raster + ".aux.xml";

    /// <summary>The file's text; codes without class have empty names.</summary>
    internal static string Text(IReadOnlyList<LabelClass> classes)
    {
        var names = new string[classes.Count == 0 ? 0 : classes.Max(one => one.Code) + 1];
        foreach (var one in classes)
            names[one.Code] = one.Name;
        var categories = string.Concat(names.Select(name => $"      <Category>{SecurityElement.Escape(name)}</Category>\n"));
        return $"<PAMDataset>\n  <PAMRasterBand band=\"1\">\n    <CategoryNames>\n{categories}    </CategoryNames>\n  </PAMRasterBand>\n</PAMDataset>\n";
    }

    /// <summary>Names of the codes 1 to 255 of a raster's only band; none if there is no such file, or it names none.</summary>
    /// <exception cref="SceneException">The file is no safe XML.</exception>
    internal static IReadOnlyDictionary<byte, string> Beside(string raster)
    {
        var path = PathBeside(raster);
        if (!File.Exists(path))
            return new Dictionary<byte, string>();
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaximumCharacters };
            using var reader = XmlReader.Create(path, settings);
            return XDocument.Load(reader).Descendants("PAMRasterBand")
                .Where(band => (string?)band.Attribute("band") == "1")
                .SelectMany(band => band.Elements("CategoryNames").Elements("Category"))
                .Select((category, code) => (category.Value, Code: code))
                .Where(name => name.Value.Length > 0 && name.Code is > 0 and <= byte.MaxValue)
                .ToDictionary(name => (byte)name.Code, name => name.Value);
        }
        catch (XmlException cause)
        {
            throw new SceneException($"{path}: no usable XML: {cause.Message} GDAL keeps the names of classes there; mend it or move it away.", cause);
        }
    }
}
