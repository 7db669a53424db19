using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling;

/// <summary>Finds bands for wanted wavelengths among those of a scene, which may be in any order.</summary>
internal sealed class WavelengthMatch
{
    /// <summary>Widest step between neighbouring bands that counts as covered, nm: spectrometers have bands every 3 to 12 nm, and one may be left out. Wider ones are gaps, as in the absorption of water vapour.</summary>
    private const double WidestStepNm = 30;

    private readonly Band[] bands;
    private readonly double toleranceNm;

    /// <param name="bands">Bands of the scene.</param>
    /// <param name="toleranceNm">How far outside the scene's range, or in a gap of it, a wavelength may lie and still take the outermost band, nm.</param>
    public WavelengthMatch(BandTable bands, double toleranceNm)
    {
        this.bands = [.. bands.OrderBy(band => band.WavelengthNm).ThenBy(band => band.Number)];
        this.toleranceNm = toleranceNm;
    }

    /// <summary>The nearest band; of two equally near ones the shorter wave.</summary>
    /// <exception cref="SceneException">The wavelength lies outside the scene's range or in a gap of it.</exception>
    public ChannelSource Nearest(Band wanted)
    {
        Check(wanted);
        return Single(bands.MinBy(band => Math.Abs(band.WavelengthNm - wanted.WavelengthNm))!, wanted);
    }

    /// <summary>The neighbours on both sides and their weights.</summary>
    /// <exception cref="SceneException">The wavelength lies outside the scene's range or in a gap of it.</exception>
    public ChannelSource Linear(Band wanted)
    {
        Check(wanted);
        var above = Array.FindIndex(bands, band => band.WavelengthNm >= wanted.WavelengthNm);
        if (above <= 0 || bands[above].WavelengthNm == wanted.WavelengthNm)
            return Single(bands[above < 0 ? ^1 : above], wanted);
        var (low, high) = (bands[above - 1], bands[above]);
        var (toLow, toHigh) = (wanted.WavelengthNm - low.WavelengthNm, high.WavelengthNm - wanted.WavelengthNm);
        if (IsGap(low, high))
            return Single(toLow <= toHigh ? low : high, wanted);
        return new ChannelSource(low.Number, high.Number, toLow / (toLow + toHigh), Math.Min(toLow, toHigh));
    }

    private static ChannelSource Single(Band band, Band wanted) =>
        new(band.Number, band.Number, 0, Math.Abs(band.WavelengthNm - wanted.WavelengthNm));

    private static bool IsGap(Band low, Band high) => high.WavelengthNm - low.WavelengthNm > WidestStepNm;

    private void Check(Band wanted)
    {
        var (first, last) = (bands[0].WavelengthNm, bands[^1].WavelengthNm);
        if (wanted.WavelengthNm < first - toleranceNm || wanted.WavelengthNm > last + toleranceNm)
            throw new SceneException(string.Create(CultureInfo.InvariantCulture,
                $"Band {wanted.Number} is wanted at {wanted.WavelengthNm:0.##} nm, outside the scene's {first:0.##} to {last:0.##} nm. Leave the band out with --bands, or the scene."));
        foreach (var (low, high) in bands.Zip(bands.Skip(1)).Where(pair => IsGap(pair.First, pair.Second)))
        {
            if (wanted.WavelengthNm > low.WavelengthNm + toleranceNm && wanted.WavelengthNm < high.WavelengthNm - toleranceNm)
                throw new SceneException(string.Create(CultureInfo.InvariantCulture,
                    $"Band {wanted.Number} is wanted at {wanted.WavelengthNm:0.##} nm, but the scene has no band between {low.WavelengthNm:0.##} and {high.WavelengthNm:0.##} nm. Leave the band out with --bands, or the scene."));
        }
    }
}
