using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling;

/// <summary>
/// Bands of single patches, whose centre wavelengths are those of the scene or, where scenes are not listed (imported patches), of the
/// data set or of the sensor's other arrangement if the patch has that.
/// </summary>
internal sealed class PatchWavelengths
{
    private readonly IReadOnlyDictionary<string, IReadOnlyList<double>> ofScenes, ofArrangements;
    private readonly DatasetManifest manifest;
    private readonly Sensor? sensor;

    /// <param name="dataset">Data set.</param>
    public PatchWavelengths(Dataset dataset)
    {
        (manifest, sensor) = (dataset.Manifest, SensorCatalog.Find(dataset.Manifest.Sensor));
        ofScenes = SceneTable.Read(dataset.Path)?.ToDictionary(scene => scene.SceneId, scene => scene.WavelengthsNm) ?? [];
        ofArrangements = sensor is not null ? Others(manifest, sensor) : new Dictionary<string, IReadOnlyList<double>>();
    }

    /// <summary>Bands of all channels: without wavelengths if the arrangement is unknown, without number where a channel was made of other bands of the scene.</summary>
    public IReadOnlyList<ImageBand> Of(PatchInfo info)
    {
        if (info.Arrangement == SensorArrangement.Unknown)
            return [.. manifest.Bands.Select(number => new ImageBand(number, null))];
        var ofScene = ofScenes.GetValueOrDefault(info.SceneId);
        var wavelengths = ofScene ?? ofArrangements.GetValueOrDefault(info.Arrangement) ?? manifest.WavelengthsNm;
        return [.. manifest.Bands.Zip(wavelengths, (number, nm) => new ImageBand(ofScene is null || IsBandOf(info.Arrangement, number, nm) ? number : null, nm))];
    }

    /// <summary>False if an arrangement has another wavelength for a number, as where the channel was mapped onto a wavelength; true for sensors that are not known here.</summary>
    private bool IsBandOf(string arrangement, int number, double nm) => sensor is null
        || (sensor.Arrangements.FirstOrDefault(known => known.Name == arrangement)?.Bands.FirstOrDefault(band => band.Number == number) is { } band
            && Math.Abs(band.WavelengthNm - nm) <= sensor.Descriptor.ToleranceNm);

    /// <summary>The arrangements of the sensor that are not the data set's.</summary>
    private static Dictionary<string, IReadOnlyList<double>> Others(DatasetManifest manifest, Sensor sensor)
    {
        var own = sensor.ArrangementOf(new BandTable(manifest.Bands.Select((number, channel) => new Band(number, manifest.WavelengthsNm[channel], double.NaN))));
        return own is null ? [] : sensor.Arrangements.Where(known => known != own).ToDictionary(known => known.Name, known => known.Bands.Select(manifest.Bands).WavelengthsNm);
    }
}
