using SpectralEarth.Scenes;
using SpectralEarth.Spectra;
using static System.FormattableString;

namespace SpectralEarth.Tiling;

/// <summary>Which wavelengths the channels of a data set have, and how a scene's bands are made into them.</summary>
internal sealed class WavelengthPlan
{
    /// <summary>Name of an arrangement that the sensor's descriptor does not have.</summary>
    public const string OtherArrangement = "other";

    private readonly Sensor sensor;
    private readonly WavelengthMode mode;
    private readonly BandTable wanted;

    /// <exception cref="ArgumentException">The sensor has no such band.</exception>
    public WavelengthPlan(Sensor sensor, IReadOnlyList<int> bands, WavelengthMode mode) =>
        (this.sensor, this.mode, wanted) = (sensor, mode, sensor.Bands.Select(bands));

    /// <summary>Wavelengths of the data set's channels if all scenes are brought to the same ones, nm; else null.</summary>
    public IReadOnlyList<double>? CommonNm => mode == WavelengthMode.ByNumber ? null : wanted.WavelengthsNm;

    /// <summary>Name of the wavelength arrangement of a scene; <see cref="OtherArrangement"/> where wavelengths are mapped and it is not known.</summary>
    /// <exception cref="SceneException">Bands are kept by number, and the wavelengths are none of the sensor's.</exception>
    public string ArrangementOf(SceneMetadata metadata)
    {
        if (sensor.ArrangementOf(metadata.Bands) is { } arrangement)
            return arrangement.Name;
        if (mode != WavelengthMode.ByNumber)
            return OtherArrangement;
        var differences = sensor.Arrangements.Select(known => Invariant($"{known.Name} by up to {known.LargestDifferenceNm(metadata.Bands):0.##} nm"));
        throw new SceneException(Invariant(
            $"Wavelengths differ from the arrangements of {sensor.Descriptor.Name}: {string.Join(", ", differences)}; at most {sensor.Descriptor.ToleranceNm} nm is allowed. Is this a product of {sensor.Descriptor.Name}? If so, map its bands onto the sensor's wavelengths with --wavelengths nearest or linear."));
    }

    /// <summary>Bands of a scene for all channels.</summary>
    /// <exception cref="SceneException">A wanted band or wavelength is not in the scene.</exception>
    public BandMapping MappingOf(SceneMetadata metadata)
    {
        var match = new WavelengthMatch(metadata.Bands, sensor.Descriptor.ToleranceNm);
        var missing = wanted.Numbers.Except(metadata.Bands.Numbers).ToArray();
        if (mode == WavelengthMode.ByNumber && missing.Length > 0)
            throw new SceneException($"Bands {BandNumbers.ToText(missing)} are wanted, but the product has {metadata.Bands.Count} bands. Choose other bands or leave the product out.");
        var own = metadata.Bands.ToDictionary(band => band.Number, band => band.WavelengthNm);
        return new BandMapping(wanted.Numbers, wanted.Select(band => mode switch
        {
            WavelengthMode.Nearest => match.Nearest(band),
            WavelengthMode.Linear => match.Linear(band),
            _ => new ChannelSource(band.Number, band.Number, 0, Math.Abs(own[band.Number] - band.WavelengthNm)),
        }), metadata.Bands);
    }
}
