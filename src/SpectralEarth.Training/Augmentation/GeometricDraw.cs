using static TorchSharp.torch;

namespace SpectralEarth.Training.Augmentation;

/// <summary>
/// The augmentation of one batch: a flip, a quarter turn, a resized crop and a blur per sample, drawn from (seed, step,
/// sample, view). Draw once, then apply to images, validity and labels alike. Runs on the tensors' device.
/// </summary>
internal sealed class GeometricDraw
{
    private readonly SamplePose[] poses;
    private readonly Resampling resampling;
    private readonly bool turns;

    private GeometricDraw(SamplePose[] poses, Resampling resampling)
    {
        (this.poses, this.resampling) = (poses, resampling);
        turns = poses.Any(pose => pose.Transposed || pose.Upturned || pose.Mirrored);
    }

    /// <summary>Draws the poses of a batch.</summary>
    /// <param name="recipe">What is allowed.</param>
    /// <param name="size">Side S of the square images, pixels.</param>
    /// <param name="batch">Samples B.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Optimizer step.</param>
    /// <param name="firstSample">Number of the first sample within the step.</param>
    /// <param name="view">Number of the view, from 0, where a step sees several of a sample.</param>
    /// <param name="resultSize">Side R of the results, pixels; null keeps the size.</param>
    public static GeometricDraw For(
        AugmentationRecipe recipe, int size, int batch, long seed, long step, int firstSample = 0, int view = 0, int? resultSize = null)
    {
        var poses = Enumerable.Range(firstSample, batch).Select(sample => SamplePose.Draw(recipe, size, seed, step, sample, view)).ToArray();
        return new GeometricDraw(poses, new Resampling(poses, size, resultSize ?? size, recipe.BlurRadius(resultSize ?? size)));
    }

    /// <summary>Applies the draw; crops are resampled bilinearly. Pixels without data leak into no others.</summary>
    /// <param name="images">Float images, [B, C, S, S].</param>
    /// <param name="validity">Non-zero for valid pixels, [B, S, S]; null if all are. The other pixels of the result are 0.</param>
    /// <returns>Float images, [B, C, R, R].</returns>
    public Tensor Images(Tensor images, Tensor? validity = null)
    {
        using var scope = NewDisposeScope();
        var turned = Turn(images);
        var valid = validity is null ? null : Turn(validity.unsqueeze(1)).squeeze(1);
        return resampling.Images(turned, valid).MoveToOuterDisposeScope();
    }

    /// <summary>Applies the draw to one value per pixel; crops take the nearest pixel, so no value is invented.</summary>
    /// <param name="rasters">Validity or labels of any number type, [B, S, S].</param>
    /// <returns>Same type, [B, R, R].</returns>
    public Tensor Rasters(Tensor rasters)
    {
        using var scope = NewDisposeScope();
        return resampling.Rasters(Turn(rasters.unsqueeze(1)).squeeze(1)).MoveToOuterDisposeScope();
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

    /// <summary>One of two tensors per sample, by a property of its pose.</summary>
    private Tensor Choose(Func<SamplePose, bool> property, Tensor yes, Tensor no) =>
        where(tensor([.. poses.Select(property)], [poses.Length, 1, 1], device: yes.device), yes, no);
}
