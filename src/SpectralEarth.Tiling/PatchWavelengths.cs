using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling;

/// <summary>
/// Centre wavelengths of the channels in single patches: those of the scene or, where scenes are not listed (imported patches), of the
/// data set or of the sensor's other arrangement if the patch has that.
/// </summary>
internal sealed class PatchWavelengths
{
    private readonly IReadOnlyDictionary<string, IReadOnlyList<double>> ofScenes, ofArrangements;
    private readonly IReadOnlyList<double> ofOthers;

    /// <param name="dataset">Data set.</param>
    public PatchWavelengths(Dataset dataset)
    {
        var manifest = dataset.Manifest;
        var scenes = SceneTable.Read(dataset.Path);
        ofScenes = scenes?.ToDictionary(scene => scene.SceneId, scene => scene.WavelengthsNm) ?? [];
        ofArrangements = scenes is null && SensorCatalog.Find(manifest.Sensor) is { } sensor ? Others(manifest, sensor) : new Dictionary<string, IReadOnlyList<double>>();
        ofOthers = manifest.WavelengthsNm;
    }

    /// <summary>Wavelengths of all channels, nm; null if the arrangement is unknown.</summary>
    public IReadOnlyList<double>? Of(PatchInfo info) => info.Arrangement == SensorArrangement.Unknown
        ? null
        : ofScenes.GetValueOrDefault(info.SceneId) ?? ofArrangements.GetValueOrDefault(info.Arrangement) ?? ofOthers;

    /// <summary>The arrangements of the sensor that are not the data set's.</summary>
    private static Dictionary<string, IReadOnlyList<double>> Others(DatasetManifest manifest, Sensor sensor)
    {
        var own = sensor.ArrangementOf(new BandTable(manifest.Bands.Select((number, channel) => new Band(number, manifest.WavelengthsNm[channel], double.NaN))));
        return own is null ? [] : sensor.Arrangements.Where(known => known != own).ToDictionary(known => known.Name, known => known.Bands.Select(manifest.Bands).WavelengthsNm);
    }
}
