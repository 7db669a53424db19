namespace SpectralEarth.Tiling.Importing;

/// <summary>
/// Resizes planes to a square by cubic convolution (Keys 1981) with a = -0.75 and corners on corners, as torch's
/// <c>interpolate(mode="bicubic", align_corners=True)</c> does.
/// </summary>
internal static class BicubicResize
{
    private const double A = -0.75;
    private const int Taps = 4;

    /// <summary>[C, H, W] to [C, S, S].</summary>
    public static float[] Apply(float[] values, int channels, int height, int width, int side)
    {
        var (rows, columns) = (Axis(height, side), Axis(width, side));
        var wide = new float[channels * height * side];
        for (var line = 0; line < channels * height; line++)
            Line(values.AsSpan(line * width, width), 1, columns, wide.AsSpan(line * side, side), 1);
        var resized = new float[channels * side * side];
        for (var channel = 0; channel < channels; channel++)
            for (var column = 0; column < side; column++)
                Line(wide.AsSpan((channel * height * side) + column), side, rows, resized.AsSpan((channel * side * side) + column), side);
        return resized;
    }

    /// <summary>Source pixels and weights of each result along an axis; pixels outside are those at the edge.</summary>
    private static (int[] Places, double[] Weights)[] Axis(int length, int side) => [.. Enumerable.Range(0, side).Select(result =>
    {
        var position = side > 1 ? result * ((length - 1.0) / (side - 1)) : 0;
        var first = (int)Math.Floor(position);
        var t = position - first;
        return (Enumerable.Range(first - 1, Taps).Select(place => Math.Clamp(place, 0, length - 1)).ToArray(), new[] { Far(t + 1), Near(t), Near(1 - t), Far(2 - t) });
    })];

    private static void Line(ReadOnlySpan<float> source, int sourceStep, (int[] Places, double[] Weights)[] axis, Span<float> target, int targetStep)
    {
        for (var result = 0; result < axis.Length; result++)
        {
            var sum = 0.0;
            for (var tap = 0; tap < Taps; tap++)
                sum += axis[result].Weights[tap] * source[axis[result].Places[tap] * sourceStep];
            target[result * targetStep] = (float)sum;
        }
    }

    private static double Near(double x) => (((((A + 2) * x) - (A + 3)) * x) * x) + 1;

    private static double Far(double x) => ((((((A * x) - (5 * A)) * x) + (8 * A)) * x)) - (4 * A);
}
