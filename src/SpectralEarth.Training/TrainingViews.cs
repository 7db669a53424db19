using System.Runtime.InteropServices;
using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Augmentation;
using static TorchSharp.torch;

namespace SpectralEarth.Training;

/// <summary>Turns batches of digital numbers into augmented, normalized images on the device.</summary>
/// <param name="recipe">Window, augmentation and seed.</param>
/// <param name="normalization">Statistics, on the device.</param>
/// <param name="noData">Digital number of missing values.</param>
/// <param name="device">Where the network is.</param>
internal sealed class TrainingViews(PretrainRecipe recipe, BandNormalization normalization, short noData, Device device)
{
    /// <summary>The view of a batch that <paramref name="step"/> trains on.</summary>
    /// <returns>Images, float32 [B, C, S, S], 0 where there is no data; validity, uint8 [B, S, S].</returns>
    public (Tensor Images, Tensor Validity) Of(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        var samples = batch.Indices.Length;
        var patch = (int)Math.Sqrt(batch.Validity.Length / samples);
        var window = recipe.CropSize ?? patch;
        var offsets = Offsets(samples, patch - window, step);
        var numbers = Cut(batch.Pixels, ScalarType.Int16, [samples, normalization.Bands, window, window], patch, offsets);
        var validity = Cut(batch.Validity, ScalarType.Byte, [samples, 1, window, window], patch, offsets).squeeze(1);

        // A band that is empty in one scene only holds the no-data number in pixels that are valid otherwise.
        var images = normalization.Apply(numbers, validity).masked_fill_(numbers.eq(noData), 0);
        var draw = GeometricDraw.For(recipe.Augmentation, window, samples, recipe.Seed, step);
        return (draw.Images(images).MoveToOuterDisposeScope(), draw.Rasters(validity).MoveToOuterDisposeScope());
    }

    private (int Row, int Column)[] Offsets(int samples, int slack, long step)
    {
        var offsets = new (int Row, int Column)[samples];
        for (var sample = 0; slack > 0 && sample < samples; sample++)
        {
            var random = new SeededRandom(recipe.Seed, "window", step, sample);
            offsets[sample] = (random.NextInt(slack + 1), random.NextInt(slack + 1));
        }

        return offsets;
    }

    /// <summary>Copies a window of every sample straight into a tensor: [B, C, P, P] to [B, C, S, S].</summary>
    private Tensor Cut<T>(T[] source, ScalarType type, long[] shape, int patch, (int Row, int Column)[] offsets)
        where T : struct
    {
        var (samples, channels, window) = ((int)shape[0], (int)shape[1], (int)shape[3]);
        var host = empty(shape, type);
        var target = MemoryMarshal.Cast<byte, T>(host.bytes);
        if (window == patch)
            source.AsSpan().CopyTo(target);
        for (var line = 0; window < patch && line < samples * channels * window; line++)
        {
            var (plane, row) = Math.DivRem(line, window);
            var (top, left) = offsets[plane / channels];
            source.AsSpan((((plane * patch) + top + row) * patch) + left, window).CopyTo(target[(line * window)..]);
        }

        return host.to(device);
    }
}
