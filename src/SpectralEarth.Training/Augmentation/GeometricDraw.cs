using SpectralEarth.Randomness;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Augmentation;

/// <summary>
/// The geometric augmentation of one batch: a flip, a quarter turn and a resized crop per sample, drawn from (seed,
/// step, sample). Draw once, then apply to images, validity and labels alike. Runs on the tensors' device.
/// </summary>
public sealed class GeometricDraw
{
    private readonly SamplePose[] poses;
    private readonly bool turns, crops;

    private GeometricDraw(SamplePose[] poses)
    {
        this.poses = poses;
        turns = poses.Any(pose => pose.Transposed || pose.Upturned || pose.Mirrored);
        crops = poses.Any(pose => pose.Crop != CropBox.Whole);
    }

    /// <summary>Draws the poses of a batch.</summary>
    /// <param name="recipe">What is allowed.</param>
    /// <param name="size">Side of the square images, pixels.</param>
    /// <param name="batch">Samples B.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Optimizer step.</param>
    /// <param name="firstSample">Number of the first sample within the step.</param>
    public static GeometricDraw For(AugmentationRecipe recipe, int size, int batch, long seed, long step, int firstSample = 0) =>
        new([.. Enumerable.Range(firstSample, batch).Select(sample => SamplePose.Draw(recipe, size, new SeededRandom(seed, "augmentation", step, sample)))]);

    /// <summary>Applies the draw; crops are resampled bilinearly.</summary>
    /// <param name="images">Float images, [B, C, S, S].</param>
    /// <returns>Float images, [B, C, S, S].</returns>
    public Tensor Images(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Crop(Turn(images), GridSampleMode.Bilinear).MoveToOuterDisposeScope();
    }

    /// <summary>Applies the draw to one value per pixel; crops take the nearest pixel, so no value is invented.</summary>
    /// <param name="rasters">Validity or labels of any number type, values up to 2^24, [B, S, S].</param>
    /// <returns>Same type, [B, S, S].</returns>
    public Tensor Rasters(Tensor rasters)
    {
        using var scope = NewDisposeScope();
        var turned = Turn(rasters.unsqueeze(1));
        var cropped = crops ? Crop(turned.to_type(ScalarType.Float32), GridSampleMode.Nearest).to_type(rasters.dtype) : turned;
        return cropped.squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Flips and quarter turns as one gather of pixels: exact, and one operation for the whole batch.</summary>
    private Tensor Turn(Tensor images)
    {
        if (!turns)
            return images.alias();
        var (b, c, s) = (images.shape[0], images.shape[1], images.shape[3]);
        var line = arange(s, device: images.device);
        var row = Choose(pose => pose.Upturned, s - 1 - line.view(1, s, 1), line.view(1, s, 1));        // [B, S, 1]
        var column = Choose(pose => pose.Mirrored, s - 1 - line.view(1, 1, s), line.view(1, 1, s));     // [B, 1, S]
        var source = Choose(pose => pose.Transposed, (column * s) + row, (row * s) + column);           // [B, S, S]
        return images.flatten(2).gather(2, source.view(b, 1, s * s).expand(b, c, s * s)).view(b, c, s, s);
    }

    /// <summary>Crops and resizes back to the full size; corners of the box fall on corners of the result.</summary>
    private Tensor Crop(Tensor images, GridSampleMode mode)
    {
        if (!crops)
            return images;
        var s = images.shape[3];
        var boxes = poses.SelectMany(pose => pose.Crop.Affine((int)s)).ToArray();
        var grid = nn.functional.affine_grid(tensor(boxes, [poses.Length, 2, 3], device: images.device), images.shape, align_corners: true);
        return nn.functional.grid_sample(images, grid, mode, GridSamplePaddingMode.Border, align_corners: true);
    }

    /// <summary>One of two tensors per sample, by a property of its pose.</summary>
    private Tensor Choose(Func<SamplePose, bool> property, Tensor yes, Tensor no) =>
        where(tensor([.. poses.Select(property)], [poses.Length, 1, 1], device: yes.device), yes, no);
}
