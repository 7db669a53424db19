using System.Globalization;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Scale and offset of each band by <see cref="GdalMetadata"/>: items of the roles scale and offset.</summary>
/// <param name="Scales">Factor from sample to value; 1 where a band names none.</param>
/// <param name="Offsets">Value of sample 0; 0 where a band names none.</param>
internal sealed record TiffScales(IReadOnlyList<double> Scales, IReadOnlyList<double> Offsets)
{
    /// <summary>Reads the tag; null if it is absent or names no scale and no offset.</summary>
    /// <exception cref="SceneException">It is no safe XML, or a number is none.</exception>
    internal static TiffScales? Read(ByteSource source, TiffDirectory directory, int bands)
    {
        var (scales, offsets, isNamed) = (new double[bands], new double[bands], false);
        Array.Fill(scales, 1);
        foreach (var item in GdalMetadata.BandItems(source, directory, bands))
        {
            var target = item.Role switch { "scale" => scales, "offset" => offsets, _ => null };
            if (target is null)
                continue;
            if (!double.TryParse(item.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out target[item.Band]) || !double.IsFinite(target[item.Band]))
                throw source.Error($"the metadata tag has the scale or offset '{item.Text}' for band {item.Band + 1}; expected a number.");
            isNamed = true;
        }

        return isNamed ? new TiffScales(scales, offsets) : null;
    }
}
