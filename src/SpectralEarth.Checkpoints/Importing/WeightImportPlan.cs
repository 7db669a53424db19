using System.Globalization;
using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Importing;

/// <summary>What becomes of foreign weights: the model they are, the model they shall be, and how to get there.</summary>
/// <param name="To">The model that is written.</param>
/// <param name="Fitting">Changes of shape, all of them asked for.</param>
/// <param name="Notes">Changes and assumptions, in words.</param>
internal sealed record WeightImportPlan(ModelDescription To, WeightFitting Fitting, IReadOnlyList<string> Notes)
{
    /// <summary>Decides, without reading more of the weights than their shapes and positions.</summary>
    /// <exception cref="CheckpointException">The file holds no such model, or sizes or bands differ without leave to adapt them.</exception>
    internal static WeightImportPlan Of(LocatedWeights weights, WeightImportOptions options)
    {
        var (file, notes) = (weights.File, new List<string>());
        var found = file.Metadata.ContainsKey(ModelDescription.MetadataKey) ? CheckpointFile.Describe(file) : Inferred(weights, options, notes);
        if (!weights.Has(found.Classification is null && found.Regression is null ? LocatedWeights.Decoder : LocatedWeights.Head))
            found = found.OfEncoder();
        var to = Resized(file.Path, WithBands(file.Path, found, options, notes), options, notes);
        return new WeightImportPlan(to, new WeightFitting(found, to), notes);
    }

    private static ModelDescription Inferred(LocatedWeights weights, WeightImportOptions options, List<string> notes)
    {
        var (shapes, file, bands) = (new ShapeInference(weights, options.Model), weights.File, options.Bands);
        var encoder = shapes.Encoder(bands.Numbers.Count);
        if (!encoder.IsTransformer && options.PatchSize is null)
            notes.Add($"the file does not tell the size of its images, which a residual network does not depend on; {encoder.PatchSize} pixels are taken");
        if (shapes.Bands(encoder) is null)
            notes.Add($"the file does not tell its bands; {bands.Numbers.Count} are taken");
        var hasDecoder = shapes.HasDecoder && encoder is { IsTransformer: true, Positions: PositionalEmbedding.SineCosine };
        if (weights.Has(LocatedWeights.Decoder) && !hasDecoder)
            notes.Add("the decoder is left over: it is no masked autoencoder's of known heads (give --recipe), or the encoder's positions are learned");
        var isOther = encoder.Bands != bands.Numbers.Count;
        return new ModelDescription
        {
            Architecture = hasDecoder ? ModelDescription.MaeArchitecture : ModelDescription.EncoderOnlyArchitecture,
            Mae = hasDecoder ? shapes.Autoencoder(encoder) : null,
            EncoderOnly = hasDecoder ? null : encoder,
            Bands = isOther ? [.. Enumerable.Range(1, encoder.Bands)] : bands.Numbers,
            WavelengthsNm = isOther ? Spread(bands.WavelengthsNm, encoder.Bands) : bands.WavelengthsNm,
            Mean = isOther ? [.. new double[encoder.Bands]] : bands.Mean,
            StandardDeviation = isOther ? [.. Enumerable.Repeat(1.0, encoder.Bands)] : bands.StandardDeviation,
            NoData = bands.NoData,
            PixelSizeM = bands.PixelSizeM,
            Provenance = new Provenance("unknown", options.ModelName ?? "unknown", "unknown",
                file.Metadata.TryGetValue("global_step", out var step) && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var steps) ? steps : 0,
                $"{Path.GetFileName(file.Path)} ({file.Format}), XXH3 {Storage.Checksum.ToText(Storage.Checksum.OfFile(file.Path))}"),
        };
    }

    private static ModelDescription WithBands(string path, ModelDescription found, WeightImportOptions options, List<string> notes)
    {
        var bands = options.Bands;
        if (found.Encoder.Bands == bands.Numbers.Count && !options.AdaptBands)
            return found;
        if (!options.AdaptBands)
        {
            throw new CheckpointException(
                $"{path}: the weights were made for {found.Encoder.Bands} bands, but {bands.Numbers.Count} are wanted. Give --sensor of the weights, " +
                "or --adapt-bands to adapt them.");
        }

        if (found.IsTask)
            throw new CheckpointException($"{path}: a network of a task cannot be adapted to other bands. Import an encoder and fine-tune it.");
        if (!found.Encoder.HasAdapter && found.Encoder.Bands != bands.Numbers.Count)
            throw new CheckpointException($"{path}: without a spectral adapter the first layer is bound to its {found.Encoder.Bands} bands. Import an encoder that has one.");
        notes.Add($"bands adapted from {found.Encoder.Bands} to {bands.Numbers.Count}: " +
            (found.Encoder.Adapter == AdapterForm.Full ? "the adapter's functions of wavelength are read at the new ones" : "the adapter's kernels slide along any spectrum and stay") +
            (found.Mae is null ? "" : "; the decoder's prediction is interpolated between wavelengths"));
        return found.ForBands(bands.Numbers, bands.WavelengthsNm, bands.Mean, bands.StandardDeviation) with { NoData = bands.NoData, PixelSizeM = bands.PixelSizeM };
    }

    private static ModelDescription Resized(string path, ModelDescription found, WeightImportOptions options, List<string> notes)
    {
        var (before, size) = (found.Encoder.PatchSize, options.PatchSize ?? found.Encoder.PatchSize);
        if (size == before)
            return found;
        var resized = found.With(found.Encoder with { PatchSize = size });
        if (!found.Encoder.IsTransformer && size > 0)
            return resized;
        if (!options.InterpolatePositions || size <= 0 || size % found.Encoder.TokenSize != 0)
        {
            throw new CheckpointException(
                $"{path}: the weights were made for images of {before} pixels in tokens of {found.Encoder.TokenSize}, but {size} pixels are wanted. " +
                "Give a multiple of the token, and --interpolate-positions to move the positions to it.");
        }

        notes.Add(found.Encoder.Positions == PositionalEmbedding.SineCosine
            ? $"positions computed anew for images of {size} pixels instead of {before} (they are fixed sines and cosines)"
            : $"positions interpolated from images of {before} pixels to {size}");
        return resized;
    }

    /// <summary>Evenly spread wavelengths over the range of others, for bands that nothing is known of.</summary>
    private static double[] Spread(IReadOnlyList<double> nm, int count) =>
        [.. Enumerable.Range(0, count).Select(i => nm[0] + ((nm[^1] - nm[0]) * i / Math.Max(count - 1, 1)))];
}
