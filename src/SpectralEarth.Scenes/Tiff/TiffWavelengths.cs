using System.Globalization;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Centre wavelengths of the bands by <see cref="GdalMetadata"/>: items "wavelength" and "wavelength_units", as GDAL makes them of ENVI headers.</summary>
internal static class TiffWavelengths
{
    private const string Wavelength = "wavelength", Units = "wavelength_units";

    /// <summary>Reads the tag.</summary>
    /// <returns>A wavelength for each band, nm; null if the tag is absent or names none.</returns>
    /// <exception cref="SceneException">It is no safe XML, it names the wavelengths of some bands only, one is no number above 0, or the unit is not known.</exception>
    internal static IReadOnlyList<double>? ReadNm(ByteSource source, TiffDirectory directory, int bands)
    {
        var items = GdalMetadata.BandItems(source, directory, bands).Where(item => item.Role is null).ToLookup(item => (item.Name.ToUpperInvariant(), item.Band), item => item.Text);
        var named = Enumerable.Range(0, bands).Select(band => items[(Wavelength.ToUpperInvariant(), band)].FirstOrDefault()).ToArray();
        if (named.All(text => text is null))
            return null;
        return [.. named.Select((text, band) => Parse(source, band, text) * Factor(source, band, items[(Units.ToUpperInvariant(), band)].FirstOrDefault()))];
    }

    private static double Parse(ByteSource source, int band, string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value > 0
            ? value
            : throw source.Error($"the metadata tag has {(text is null ? "no wavelength" : $"the wavelength '{text}'")} for band {band + 1}; expected a number above 0 for each band, or no wavelengths at all.");

    private static double Factor(ByteSource source, int band, string? unit) => WavelengthUnit.Nanometres(unit ?? "nanometers")
        ?? throw source.Error($"the metadata tag has the wavelength unit '{unit}' for band {band + 1}; expected nanometers or micrometers.");
}
