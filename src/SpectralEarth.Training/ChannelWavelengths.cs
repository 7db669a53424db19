using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Training;

/// <summary>
/// Whether all patches of a data set have the wavelengths of its dataset.yaml, which an adapter that knows wavelengths reads them at, and whether
/// weights learned these.
/// </summary>
public static class ChannelWavelengths
{
    /// <summary>Calibrations of one arrangement, and bands mapped onto its wavelengths, differ by less (nm); EnMAP's two arrangements by up to 12.</summary>
    private const double ToleranceNm = 1;

    /// <summary>What to say of a data set with patches of an unknown arrangement where its wavelengths matter; null if it has none.</summary>
    public static string? WarningOf(Dataset dataset) => dataset.Catalog.Count(info => info.Arrangement == SensorArrangement.Unknown) is > 0 and var count
        ? $"{dataset.Path}: the files of {count} patches told no wavelengths. An adapter by wavelength (full) reads them at those of dataset.yaml, which may not be theirs; the adapter reference goes by band number."
        : null;

    /// <summary>Refuses a recipe whose adapter goes by wavelength on patches of several arrangements that were kept by band number; an unknown one counts as another.</summary>
    /// <returns><see cref="WarningOf(Dataset)"/> the data set, if the adapter goes by wavelength.</returns>
    /// <exception cref="RecipeException">Patches have other wavelengths than dataset.yaml.</exception>
    /// <exception cref="DatasetException">The table of scenes is damaged.</exception>
    internal static string? Check(PretrainRecipe recipe, Dataset dataset)
    {
        if (recipe.Encoder.Adapter != AdapterForm.Full)
            return null;
        var arrangements = dataset.Catalog.Select(info => info.Arrangement).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (arrangements.Length < 2 || LargestDifferenceNm(dataset) is <= ToleranceNm)
            return WarningOf(dataset);
        throw new RecipeException(string.Create(CultureInfo.InvariantCulture,
            $"encoder.adapter is full, which reads every patch at the wavelengths of dataset.yaml, but {dataset.Path} holds patches of the arrangements {string.Join(", ", arrangements)} by band number, whose wavelengths differ. Tile the scenes with --wavelengths linear, or set encoder.adapter to reference."));
    }

    /// <summary>What a person should know of the bands that weights learned and those of the data; null if they are the same, or if the adapter knows wavelengths.</summary>
    internal static string? WarningOf(Checkpoint weights, DatasetManifest data)
    {
        var learned = weights.Description.WavelengthsNm;
        if (weights.Description.Encoder.Adapter == AdapterForm.Full)
            return null;
        if (learned.Count == data.Bands.Count)
        {
            double[] distances = [.. learned.Zip(data.WavelengthsNm, (one, other) => Math.Abs(one - other)).Where(distance => distance > ToleranceNm)];
            return distances.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture,
                $"{distances.Length} of the {learned.Count} bands of {weights.Path} lie up to {distances.Max():0.#} nm from those of the data set, and channels are taken by their place. Of another arrangement of the sensor's bands, tile with --wavelengths linear; else expect a slow start.");
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{weights.Path} learned {learned.Count} bands from {learned.Min():0} to {learned.Max():0} nm, the data set has {data.Bands.Count} from {data.WavelengthsNm.Min():0} to {data.WavelengthsNm.Max():0} nm, and channels are taken by their place. Tile the scenes with the bands of the checkpoint, or expect a slow start.");
    }

    /// <summary>Between the channels of a scene and those of dataset.yaml, nm; null where a scene is not known: an imported one, whose bands are those of their numbers.</summary>
    private static double? LargestDifferenceNm(Dataset dataset)
    {
        var scenes = SceneTable.Read(dataset.Path) ?? [];
        return dataset.Catalog.Select(info => info.SceneId).Except(scenes.Select(scene => scene.SceneId)).Any() ? null
            : scenes.Max(scene => (double?)scene.WavelengthsNm.Zip(dataset.Manifest.WavelengthsNm, (own, common) => Math.Abs(own - common)).Max());
    }
}
