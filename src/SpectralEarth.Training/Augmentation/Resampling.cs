using static TorchSharp.torch;

namespace SpectralEarth.Training.Augmentation;

/// <summary>Crops, resizes and blurs a batch: two batched matrix products, one per axis, whatever each sample's window and blur.</summary>
internal sealed class Resampling
{
    private readonly SamplePose[] poses;
    private readonly int size, resultSize, radius;
    private readonly bool isNeeded;

    /// <param name="poses">Windows and blurs, B.</param>
    /// <param name="size">Side S of the images, pixels.</param>
    /// <param name="resultSize">Side R of the results, pixels.</param>
    /// <param name="radius">Half length of the blur's kernel, the middle not counted.</param>
    public Resampling(SamplePose[] poses, int size, int resultSize, int radius)
    {
        (this.poses, this.size, this.resultSize, this.radius) = (poses, size, resultSize, radius);
        isNeeded = size != resultSize || poses.Any(pose => pose.Crop != CropBox.Whole || pose.BlurSigma > 0);
    }

    /// <summary>Bilinear; with validity, weighted means of valid pixels only, and 0 where the nearest pixel is not valid.</summary>
    /// <param name="images">Float images, 0 where not valid, [B, C, S, S].</param>
    /// <param name="validity">Non-zero for valid pixels, [B, S, S], or null if all are.</param>
    /// <returns>[B, C, R, R].</returns>
    public Tensor Images(Tensor images, Tensor? validity)
    {
        if (!isNeeded)
            return images;
        var rows = Weights(pose => Rows(pose.Crop), images.device);
        var columns = Weights(pose => Columns(pose.Crop), images.device);
        if (validity is null)
            return Apply(images, rows, columns);
        var valid = validity.ne(0).to_type(images.dtype).unsqueeze(1);                          // [B, 1, S, S]
        var share = Apply(valid, rows, columns);
        var empty = Rasters(validity).eq(0).unsqueeze(1);
        return Apply(images * valid, rows, columns).div_(share.masked_fill(empty, 1)).masked_fill_(empty, 0);
    }

    /// <summary>Nearest pixel, [B, S, S] to [B, R, R].</summary>
    public Tensor Rasters(Tensor rasters)
    {
        if (!isNeeded)
            return rasters;
        var rows = Indices(pose => Rows(pose.Crop), rasters.device).unsqueeze(2);               // [B, R, 1]
        var columns = Indices(pose => Columns(pose.Crop), rasters.device).unsqueeze(1);         // [B, 1, R]
        var source = ((rows * size) + columns).flatten(1);
        return rasters.flatten(1).gather(1, source).view(poses.Length, resultSize, resultSize);
    }

    private static Tensor Apply(Tensor images, Tensor rows, Tensor columns)
    {
        var (b, c, s, r) = (images.shape[0], images.shape[1], images.shape[2], rows.shape[1]);
        var narrowed = images.reshape(b, c * s, s).bmm(columns.transpose(1, 2));                // [B, C * S, R]
        var upright = narrowed.view(b, c, s, r).transpose(2, 3).reshape(b, c * r, s);           // [B, C * R, S]
        return upright.bmm(rows.transpose(1, 2)).view(b, c, r, r).transpose(2, 3).contiguous();
    }

    private ResampledLine Rows(CropBox crop) => crop == CropBox.Whole ? new(0, size, resultSize) : new(crop.Top, crop.Height, resultSize);

    private ResampledLine Columns(CropBox crop) => crop == CropBox.Whole ? new(0, size, resultSize) : new(crop.Left, crop.Width, resultSize);

    /// <summary>Weights of source pixels of each sample, [B, R, S].</summary>
    private Tensor Weights(Func<SamplePose, ResampledLine> line, Device device)
    {
        var host = new float[poses.Length * resultSize * size];
        for (var sample = 0; sample < poses.Length; sample++)
        {
            var kernel = poses[sample].BlurSigma > 0 ? ResampledLine.Gaussian(poses[sample].BlurSigma, radius) : [1];
            line(poses[sample]).AddWeights(host.AsSpan(sample * resultSize * size, resultSize * size), kernel);
        }

        return tensor(host, [poses.Length, resultSize, size], device: device);
    }

    /// <summary>Nearest source pixels of each sample, [B, R].</summary>
    private Tensor Indices(Func<SamplePose, ResampledLine> line, Device device) =>
        tensor([.. poses.SelectMany(pose => line(pose).Nearest())], [poses.Length, resultSize], device: device);
}
