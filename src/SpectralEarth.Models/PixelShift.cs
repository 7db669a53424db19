using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>
/// Moves normalised images by fractions of a pixel with the windowed sinc of Lanczos (Duchon 1979, section 2): linear interpolation would blur
/// what a subpixel offset is about. Neighbours without data count as the pixel itself.
/// </summary>
public static class PixelShift
{
    /// <summary>Lobes of the kernel to each side, pixels.</summary>
    private const int Lobes = 3;

    /// <summary>Images of the ground that lies at the offset from each pixel.</summary>
    /// <param name="images">Normalised images, [B, C, H, W]; pixels without data are 0 in all bands, and stay so.</param>
    /// <param name="offset">How far to look.</param>
    /// <returns>[B, C, H, W].</returns>
    public static Tensor Apply(Tensor images, PixelOffset offset)
    {
        using var scope = NewDisposeScope();
        var valid = images.ne(0).any(1, keepdim: true).to(images.dtype);    // [B, 1, H, W]
        return (Fraction(offset.Rows) == 0 && Fraction(offset.Columns) == 0
            ? WholePixels(images, valid, (int)offset.Rows, (int)offset.Columns)
            : Resampled(images, valid, offset)).mul_(valid).MoveToOuterDisposeScope();
    }

    /// <summary>Quicker, and equal.</summary>
    private static Tensor WholePixels(Tensor images, Tensor valid, int rows, int columns)
    {
        var moved = images.clone();
        var ((toRows, fromRows), (toColumns, fromColumns)) = (Overlap(images.shape[2], rows), Overlap(images.shape[3], columns));
        if (toRows.Start.Value >= toRows.End.Value || toColumns.Start.Value >= toColumns.End.Value)
            return moved;
        moved[.., .., toRows, toColumns] = where(valid[.., .., fromRows, fromColumns].ne(0), images[.., .., fromRows, fromColumns], images[.., .., toRows, toColumns]);
        return moved;
    }

    /// <summary>Places along a side that have a neighbour at the offset, and those neighbours.</summary>
    private static (Range To, Range From) Overlap(long size, int offset)
    {
        var (first, end) = (Math.Max(0, -offset), (int)Math.Min(size, size - offset));
        return (first..end, (first + offset)..(end + offset));
    }

    private static double Fraction(double offset) => offset - Math.Floor(offset);

    private static Tensor Resampled(Tensor images, Tensor valid, PixelOffset offset)
    {
        var (height, width) = (images.shape[2], images.shape[3]);
        var rows = tensor(Weights((int)height, offset.Rows), [height, height], device: images.device);
        var columns = tensor(Weights((int)width, offset.Columns), [width, width], device: images.device).t();
        var known = rows.matmul(valid).matmul(columns);    // weight of the neighbours with data
        return rows.matmul(images).matmul(columns).addcmul_(images, 1 - known, 1);
    }

    /// <summary>What each of <paramref name="size"/> places takes of the others: rows of weights that sum to 1 but where they reach over an end.</summary>
    /// <param name="size">Pixels along a side, N.</param>
    /// <param name="offset">Pixels from a place to the one that is looked for.</param>
    /// <returns>[N, N]: by place, then by what it takes of.</returns>
    public static float[] Weights(int size, double offset)
    {
        var weights = new float[size * size];
        var first = (int)Math.Floor(offset) - Lobes + 1;
        var kernel = Enumerable.Range(first, 2 * Lobes).Select(neighbour => Lanczos(neighbour - offset)).ToArray();
        var sum = kernel.Sum();
        for (var place = 0; place < size; place++)
        {
            for (var tap = 0; tap < kernel.Length; tap++)
            {
                var neighbour = place + first + tap;
                if (neighbour >= 0 && neighbour < size)
                    weights[(place * size) + neighbour] = (float)(kernel[tap] / sum);
            }
        }

        return weights;
    }

    private static double Lanczos(double distance) =>
        distance == 0 ? 1 : Math.Abs(distance) >= Lobes ? 0 : Sinc(distance) * Sinc(distance / Lobes);

    private static double Sinc(double x) => Math.Sin(Math.PI * x) / (Math.PI * x);
}
