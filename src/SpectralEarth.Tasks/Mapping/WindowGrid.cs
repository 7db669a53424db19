namespace SpectralEarth.Tasks.Mapping;

/// <summary>Where the overlapping windows of a scene lie.</summary>
internal static class WindowGrid
{
    /// <summary>
    /// First pixels of the windows along one axis, ascending. The last window ends with the axis, so that no window
    /// reaches outside the scene; an axis shorter than a window has one window in its middle that does.
    /// </summary>
    /// <param name="length">Pixels of the axis.</param>
    /// <param name="windowSize">Side of a window, pixels.</param>
    /// <param name="stride">Distance of neighbouring windows, pixels.</param>
    /// <param name="offset">Start of the second window, 1 to the stride; 0 for the stride. The windows after it follow at the stride.</param>
    public static int[] Starts(int length, int windowSize, int stride, int offset = 0)
    {
        if (length <= windowSize)
            return [-((windowSize - length) / 2)];
        var starts = new List<int> { 0 };
        for (var start = offset == 0 ? stride : offset; start < length - windowSize; start += stride)
            starts.Add(start);
        starts.Add(length - windowSize);
        return [.. starts];
    }

    /// <summary>Distance of neighbouring windows for an overlap of 0 (none) to below 1; at least one pixel.</summary>
    public static int Stride(int windowSize, double overlap) => Math.Max(1, (int)Math.Round(windowSize * (1 - overlap)));

    /// <summary>
    /// Weight of each pixel of a window along one axis: Hann's window at the pixel centres, sin²(π (i + ½) / W). It falls
    /// smoothly to the edges, where a network sees the least context, and two half-overlapping windows add up to 1.
    /// </summary>
    public static float[] Weights(int windowSize) =>
        [.. Enumerable.Range(0, windowSize).Select(i => (float)Math.Pow(Math.Sin(Math.PI * (i + 0.5) / windowSize), 2))];
}
