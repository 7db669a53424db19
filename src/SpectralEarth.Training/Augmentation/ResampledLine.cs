namespace SpectralEarth.Training.Augmentation;

/// <summary>
/// How the rows, or the columns, of a window become those of a resized and blurred one. Crop, bilinear resize and Gaussian
/// blur act on rows and columns apart, and each is a weighted sum of pixels: together one matrix per axis.
/// </summary>
/// <param name="First">First pixel of the window.</param>
/// <param name="Length">Pixels of the window.</param>
/// <param name="ResultLength">Pixels of the result, R.</param>
internal readonly record struct ResampledLine(int First, int Length, int ResultLength)
{
    /// <summary>The source pixel nearest to each pixel of the result.</summary>
    public long[] Nearest()
    {
        var line = this;
        return [.. Enumerable.Range(0, ResultLength).Select(pixel => (long)Math.Floor(line.Place(pixel) + 0.5))];
    }

    /// <summary>Adds the weights of source pixels, row by row [R, S], to zeros.</summary>
    /// <param name="target">R * S zeros.</param>
    /// <param name="kernel">Weights of the blur, from the middle outwards; [1] blurs nothing.</param>
    public void AddWeights(Span<float> target, ReadOnlySpan<double> kernel)
    {
        var size = target.Length / ResultLength;
        for (var pixel = 0; pixel < ResultLength; pixel++)
        {
            for (var shift = 1 - kernel.Length; shift < kernel.Length; shift++)
            {
                var place = Place(Reflected(pixel + shift));
                var low = (int)place;
                var (weight, fraction) = (kernel[Math.Abs(shift)], place - low);
                target[(pixel * size) + low] += (float)(weight * (1 - fraction));
                if (fraction > 0)
                    target[(pixel * size) + low + 1] += (float)(weight * fraction);
            }
        }
    }

    /// <summary>Normalized Gaussian, from the middle outwards.</summary>
    public static double[] Gaussian(double sigma, int radius)
    {
        double[] half = [.. Enumerable.Range(0, radius + 1).Select(shift => Math.Exp(-shift * shift / (2 * sigma * sigma)))];
        var sum = (2 * half.Sum()) - half[0];
        return [.. half.Select(weight => weight / sum)];
    }

    /// <summary>Where a pixel of the result lies among the source's; first and last pixels fall on each other (align_corners).</summary>
    private double Place(int pixel) => First + (ResultLength == 1 ? 0 : pixel * (double)(Length - 1) / (ResultLength - 1));

    /// <summary>Reflection at the border without repeating its pixel.</summary>
    private int Reflected(int pixel) => pixel < 0 ? -pixel : pixel >= ResultLength ? (2 * (ResultLength - 1)) - pixel : pixel;
}
