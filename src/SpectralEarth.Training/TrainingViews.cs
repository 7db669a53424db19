using SpectralEarth.Models;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Augmentation;
using static TorchSharp.torch;

namespace SpectralEarth.Training;

/// <summary>Turns batches of digital numbers into augmented, normalized images on the device.</summary>
/// <param name="augmentation">Augmentation where a step sees one view of a sample.</param>
/// <param name="cropSize">Side of the window cut at random from a patch, pixels; null takes whole patches.</param>
/// <param name="seed">Seed of the run.</param>
/// <param name="normalization">Statistics, on the device.</param>
/// <param name="noData">Digital number of missing values.</param>
/// <param name="device">Where the network is.</param>
public sealed class TrainingViews(
    AugmentationRecipe augmentation, int? cropSize, long seed, BandNormalization normalization, short noData, Device device)
{
    /// <summary>The same views without augmentation.</summary>
    public TrainingViews Still() =>
        new(AugmentationRecipe.None, cropSize, seed, normalization, noData, device);

    /// <summary>The digital numbers of normalized images [B, C, S, S], in that order.</summary>
    public float[] DigitalNumbers(Tensor images)
    {
        using var scope = NewDisposeScope();
        return normalization.Undo(images).cpu().data<float>().ToArray();
    }

    /// <summary>The view of a batch that <paramref name="step"/> trains on.</summary>
    /// <returns>Images, float32 [B, C, S, S], 0 where there is no data; validity, uint8 [B, S, S], or null if all pixels are valid.</returns>
    public (Tensor Images, Tensor? Validity) Of(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        var windows = new PatchWindows(batch, dates: 1, cropSize, seed, step);
        var (images, validity) = Numbers(batch, windows, date: 0);
        var draw = GeometricDraw.For(augmentation, windows.Size, windows.Samples, seed, step, batch.FirstSample);
        return (draw.Images(images, validity).MoveToOuterDisposeScope(), validity is null ? null : draw.Rasters(validity).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Bands that hold data in the window of a sample that <paramref name="step"/> trains on: what <see cref="Of(PatchBatch, long)"/>
    /// gives as 0 in others, in pixels that are valid otherwise, was never measured.
    /// </summary>
    /// <returns>1 for bands with data, float32 [B, C]; null if all have, as is usual.</returns>
    public Tensor? BandValidity(PatchBatch batch, long step)
    {
        var windows = new PatchWindows(batch, dates: 1, cropSize, seed, step);
        var found = windows.BandsWithData(batch.Pixels, batch.Validity, normalization.Bands, noData);
        return Array.TrueForAll(found, hasData => hasData)
            ? null
            : tensor([.. found.Select(hasData => hasData ? 1f : 0f)], [windows.Samples, normalization.Bands], device: device);
    }

    /// <summary>Several views of each sample; all see the same window of the ground.</summary>
    /// <param name="batch">Patches, the dates of a location side by side.</param>
    /// <param name="step">Optimizer step.</param>
    /// <param name="plan">The views.</param>
    /// <returns>Images of each view, float32 [B, C, S, S], 0 where there is no data.</returns>
    public IReadOnlyList<Tensor> Of(PatchBatch batch, long step, ViewPlan plan)
    {
        using var scope = NewDisposeScope();
        var windows = new PatchWindows(batch, plan.Dates, cropSize, seed, step);
        var dates = Enumerable.Range(0, plan.Dates).Select(date => Numbers(batch, windows, date)).ToArray();
        return [.. plan.Views.Select((view, number) =>
        {
            var (images, validity) = dates[number % plan.Dates];
            return GeometricDraw.For(view.Augmentation, windows.Size, windows.Samples, seed, step, batch.FirstSample, number, view.Size)
                .Images(images, validity).MoveToOuterDisposeScope();
        })];
    }

    /// <summary>The same view with one byte per pixel, for example class indices, that moves along.</summary>
    /// <param name="batch">Patches.</param>
    /// <param name="raster">Bytes of every pixel of the batch, [B, H, W].</param>
    /// <param name="step">Optimizer step.</param>
    /// <returns>Images, float32 [B, C, S, S]; raster, uint8 [B, S, S].</returns>
    public (Tensor Images, Tensor Raster) WithRaster(PatchBatch batch, byte[] raster, long step)
    {
        using var scope = NewDisposeScope();
        var windows = new PatchWindows(batch, dates: 1, cropSize, seed, step);
        var (images, validity) = Numbers(batch, windows, date: 0);
        var cut = windows.Cut(raster, ScalarType.Byte, channels: 1, date: 0).to(device).squeeze(1);
        var draw = GeometricDraw.For(augmentation, windows.Size, windows.Samples, seed, step, batch.FirstSample);
        return (draw.Images(images, validity).MoveToOuterDisposeScope(), draw.Rasters(cut).MoveToOuterDisposeScope());
    }

    private (Tensor Images, Tensor? Validity) Numbers(PatchBatch batch, PatchWindows windows, int date)
    {
        var numbers = windows.Cut(batch.Pixels, ScalarType.Int16, normalization.Bands, date).to(device);
        // Whether all pixels are valid is asked of the host's copy: the device would have to be waited for.
        var cut = windows.Cut(batch.Validity, ScalarType.Byte, channels: 1, date);
        var validity = cut.bytes.Contains((byte)0) ? cut.to(device).squeeze(1) : null;
        return (normalization.Apply(numbers, noData, validity), validity);
    }
}
