using System.Runtime.InteropServices;
using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Augmentation;
using static TorchSharp.torch;

namespace SpectralEarth.Training;

/// <summary>Turns batches of digital numbers into augmented, normalized images on the device.</summary>
/// <param name="augmentation">Flips, turns and crops.</param>
/// <param name="cropSize">Side of the window cut at random from a patch, pixels; null takes whole patches.</param>
/// <param name="seed">Seed of the run.</param>
/// <param name="normalization">Statistics, on the device.</param>
/// <param name="noData">Digital number of missing values.</param>
/// <param name="device">Where the network is.</param>
public sealed class TrainingViews(
    AugmentationRecipe augmentation, int? cropSize, long seed, BandNormalization normalization, short noData, Device device)
{
    /// <summary>Views for pretraining.</summary>
    public TrainingViews(PretrainRecipe recipe, BandNormalization normalization, short noData, Device device)
        : this(recipe.Augmentation, recipe.CropSize, recipe.Seed, normalization, noData, device)
    {
    }

    /// <summary>The view of a batch that <paramref name="step"/> trains on.</summary>
    /// <returns>Images, float32 [B, C, S, S], 0 where there is no data; validity, uint8 [B, S, S].</returns>
    public (Tensor Images, Tensor Validity) Of(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        var place = new Place(batch, cropSize, seed, step);
        var (images, validity) = Numbers(batch, place);
        var draw = GeometricDraw.For(augmentation, place.Window, place.Samples, seed, step, batch.FirstSample);
        return (draw.Images(images).MoveToOuterDisposeScope(), draw.Rasters(validity).MoveToOuterDisposeScope());
    }

    /// <summary>The same view with one byte per pixel, for example class indices, that moves along.</summary>
    /// <param name="batch">Patches.</param>
    /// <param name="raster">Bytes of every pixel of the batch, [B, H, W].</param>
    /// <param name="step">Optimizer step.</param>
    /// <returns>Images, float32 [B, C, S, S]; validity and raster, uint8 [B, S, S].</returns>
    public (Tensor Images, Tensor Validity, Tensor Raster) WithRaster(PatchBatch batch, byte[] raster, long step)
    {
        using var scope = NewDisposeScope();
        var place = new Place(batch, cropSize, seed, step);
        var (images, validity) = Numbers(batch, place);
        var cut = Cut(raster, ScalarType.Byte, channels: 1, place).squeeze(1);
        var draw = GeometricDraw.For(augmentation, place.Window, place.Samples, seed, step, batch.FirstSample);
        return (draw.Images(images).MoveToOuterDisposeScope(), draw.Rasters(validity).MoveToOuterDisposeScope(), draw.Rasters(cut).MoveToOuterDisposeScope());
    }

    private (Tensor Images, Tensor Validity) Numbers(PatchBatch batch, Place place)
    {
        var numbers = Cut(batch.Pixels, ScalarType.Int16, normalization.Bands, place);
        var validity = Cut(batch.Validity, ScalarType.Byte, channels: 1, place).squeeze(1);

        // A band that is empty in one scene only holds the no-data number in pixels that are valid otherwise.
        return (normalization.Apply(numbers, validity).masked_fill_(numbers.eq(noData), 0), validity);
    }

    /// <summary>Copies a window of every sample straight into a tensor: [B, C, P, P] to [B, C, S, S].</summary>
    private Tensor Cut<T>(T[] source, ScalarType type, int channels, Place place)
        where T : struct
    {
        var (samples, patch, window) = (place.Samples, place.Patch, place.Window);
        var host = empty([samples, channels, window, window], type);
        var target = MemoryMarshal.Cast<byte, T>(host.bytes);
        if (window == patch)
            source.AsSpan().CopyTo(target);
        for (var line = 0; window < patch && line < samples * channels * window; line++)
        {
            var (plane, row) = Math.DivRem(line, window);
            var (top, left) = place.Offsets[plane / channels];
            source.AsSpan((((plane * patch) + top + row) * patch) + left, window).CopyTo(target[(line * window)..]);
        }

        return host.to(device);
    }

    /// <summary>Sizes of a batch, and where its windows lie.</summary>
    private readonly record struct Place
    {
        public Place(PatchBatch batch, int? cropSize, long seed, long step)
        {
            Samples = batch.Indices.Length;
            Patch = (int)Math.Sqrt(batch.Validity.Length / Samples);
            Window = cropSize ?? Patch;
            Offsets = new (int Row, int Column)[Samples];
            var slack = Patch - Window;
            for (var sample = 0; slack > 0 && sample < Samples; sample++)
            {
                var random = new SeededRandom(seed, "window", step, batch.FirstSample + sample);
                Offsets[sample] = (random.NextInt(slack + 1), random.NextInt(slack + 1));
            }
        }

        public int Samples { get; }
        public int Patch { get; }
        public int Window { get; }
        public (int Row, int Column)[] Offsets { get; }
    }
}
