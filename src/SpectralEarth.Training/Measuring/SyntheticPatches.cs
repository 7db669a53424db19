using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Training.Measuring;

/// <summary>Patches in memory that cost a training step as much as real ones, where there is no data set.</summary>
internal static class SyntheticPatches
{
    private const int EnMapBands = 202, EnMapPatch = 128;

    /// <summary>The data set that a recipe would be run on.</summary>
    /// <param name="recipe">Recipe; gives bands and window where it names them, SpectralEarth's otherwise.</param>
    /// <param name="patches">Patches that there would be.</param>
    public static DatasetManifest Manifest(PretrainRecipe recipe, int patches)
    {
        var (bands, side) = (recipe.Bands ?? EnMapBands, recipe.CropSize ?? EnMapPatch);
        return new DatasetManifest
        {
            Sensor = "EnMAP",
            Bands = [.. Enumerable.Range(1, bands)],
            WavelengthsNm = [.. Enumerable.Range(0, bands).Select(band => 420 + (2030.0 * band / bands))],
            PatchSize = side,
            Stride = side,
            PixelSizeM = 30,
            Scale = 1e-4,
            NoData = short.MinValue,
            Patches = patches,
            Codec = "",
            Statistics = [.. Enumerable.Range(0, bands).Select(_ => new ChannelStatistics { Mean = 2000, StandardDeviation = 500, Minimum = 0, Maximum = 10000, Percentiles = [] })],
            Fingerprint = "synthetic",
        };
    }

    /// <summary>A part of a batch, all pixels valid.</summary>
    public static PatchBatch Batch(DatasetManifest data, int patches, int firstSample)
    {
        var random = new SeededRandom(1, "synthetic-patches", firstSample);
        var pixels = new short[patches * data.Bands.Count * data.PatchSize * data.PatchSize];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (short)(1000 + random.NextInt(2000));
        var validity = new byte[patches * data.PatchSize * data.PatchSize];
        Array.Fill(validity, (byte)1);
        return new PatchBatch { Indices = [.. Enumerable.Range(firstSample, patches)], Pixels = pixels, Validity = validity, Labels = null, FirstSample = firstSample };
    }
}
