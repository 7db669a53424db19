using System.Globalization;

namespace SpectralEarth.Scenes;

/// <summary>What a written image says about itself and its bands, in GDAL's metadata.</summary>
public sealed record ImageMetadata
{
    /// <summary>Bands in order.</summary>
    public required IReadOnlyList<ImageBand> Bands { get; init; }
    /// <summary>Reflectance = value x Scale.</summary>
    public required double Scale { get; init; }
    /// <summary>Names and values for the image as a whole.</summary>
    public required IReadOnlyDictionary<string, string> Items { get; init; }

    /// <summary>GDAL's metadata items: name, band (null for the image), role (null for none) and text.</summary>
    internal IEnumerable<(string Name, int? Band, string? Role, string Text)> All()
    {
        foreach (var (name, text) in Items)
            yield return (name, null, null, text);
        for (var band = 0; band < Bands.Count; band++)
        {
            var (number, wavelength) = (Bands[band].Number?.ToString(CultureInfo.InvariantCulture), Bands[band].WavelengthNm?.ToString("R", CultureInfo.InvariantCulture));
            var names = new[] { number is null ? null : $"band {number}", wavelength is null ? null : $"{wavelength} nm" };
            yield return ("DESCRIPTION", band, "description", string.Join(", ", names.OfType<string>()));
            yield return ("SCALE", band, "scale", Scale.ToString("R", CultureInfo.InvariantCulture));
            if (number is not null)
                yield return ("band_number", band, null, number);
            if (wavelength is null)
                continue;
            // The names that GDAL's ENVI driver uses.
            yield return ("wavelength", band, null, wavelength);
            yield return ("wavelength_units", band, null, "Nanometers");
        }
    }
}

/// <summary>A band of a written image.</summary>
/// <param name="Number">1-based number in the sensor's delivered cube; null if the band was made of others.</param>
/// <param name="WavelengthNm">Centre wavelength, nm; null if it is not known.</param>
public sealed record ImageBand(int? Number, double? WavelengthNm);
