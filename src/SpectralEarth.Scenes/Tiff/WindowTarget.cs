namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// The memory of a window, [C, H, W], into which decoded blocks are put from several threads. It points to pinned
/// memory and must not outlive the call that pinned it.
/// </summary>
internal sealed unsafe class WindowTarget<T>(T* start, RasterWindow window, RasterWindow inside, int[] bands, TiffLayout layout)
    where T : unmanaged
{
    /// <summary>Pixels whose samples stay in the first-level cache while their bands are taken apart.</summary>
    private const int PixelsAtOnce = 64;

    private static readonly int BandsAtOnce = SampleTransposition.Bands<T>();

    /// <summary>
    /// First channels of groups that are put at once, and channels that are put one by one. The last group of a run of bands reaches
    /// back into the one before it where the run is no multiple of a group: putting a band twice costs less than the rest one by one.
    /// </summary>
    private readonly (int Channel, bool IsGroup)[] steps = [.. Steps(bands)];

    /// <summary>Share of the pixels of a block that the window takes, 0 to 1.</summary>
    internal double ShareOf(TiffBlock block) =>
        Part(block).Count / ((double)block.Rows * Math.Min(layout.BlockWidth, layout.Width - block.FirstColumn));

    /// <summary>Fills the part of the window that a block covers.</summary>
    internal void Fill(TiffBlock block, T value)
    {
        var part = Part(block);
        foreach (var channel in Channels(block))
        {
            for (var row = part.Row; row < part.Row + part.Height; row++)
                Row(channel, row, part).Fill(value);
        }
    }

    /// <summary>Copies the samples of a decoded block to their places.</summary>
    internal void Put(TiffBlock block, ReadOnlySpan<T> samples)
    {
        var part = Part(block);
        var channels = layout.SamplesPerPixel > 1 ? [] : Channels(block).ToArray();
        for (var row = part.Row; row < part.Row + part.Height; row++)
        {
            var first = (((row - block.FirstRow) * layout.BlockWidth) + part.Column - block.FirstColumn) * layout.SamplesPerPixel;
            var source = samples.Slice(first, part.Width * layout.SamplesPerPixel);
            if (layout.SamplesPerPixel > 1)
                PutInterleaved(source, row, part);
            foreach (var channel in channels)
                source.CopyTo(Row(channel, row, part));
        }
    }

    private void PutInterleaved(ReadOnlySpan<T> source, int row, RasterWindow part)
    {
        fixed (T* pixels = source)
        {
            for (var column = 0; column < part.Width; column += PixelsAtOnce)
            {
                var count = Math.Min(part.Width - column, PixelsAtOnce);
                var from = pixels + ((nint)column * layout.SamplesPerPixel);
                foreach (var (channel, isGroup) in steps)
                    PutBands(from + bands[channel], isGroup, Pointer(channel, row, part.Column + column), count);
            }
        }
    }

    /// <summary>Puts the samples of one band or of a group of neighbouring bands.</summary>
    private void PutBands(T* from, bool isGroup, T* to, int count)
    {
        var first = 0;
        if (isGroup)
        {
            first = count - (count % SampleTransposition.Pixels);
            SampleTransposition.Transpose(from, layout.SamplesPerPixel, to, ChannelStride, first);
        }

        for (var band = 0; band < (isGroup ? BandsAtOnce : 1); band++, from++, to += ChannelStride)
            for (var pixel = first; pixel < count; pixel++)
                to[pixel] = from[(nint)pixel * layout.SamplesPerPixel];
    }

    private static IEnumerable<(int Channel, bool IsGroup)> Steps(int[] bands)
    {
        for (int first = 0, next; first < bands.Length; first = next)
        {
            for (next = first + 1; next < bands.Length && bands[next] == bands[next - 1] + 1;)
                next++;
            var isLong = SampleTransposition.IsSupported<T>() && next - first >= BandsAtOnce;
            for (var channel = first; channel < next; channel += isLong ? BandsAtOnce : 1)
                yield return (isLong ? Math.Min(channel, next - BandsAtOnce) : channel, isLong);
        }
    }

    private RasterWindow Part(TiffBlock block)
    {
        var (left, top) = (Math.Max(inside.Column, block.FirstColumn), Math.Max(inside.Row, block.FirstRow));
        var right = Math.Min(inside.Column + inside.Width, block.FirstColumn + layout.BlockWidth);
        var bottom = Math.Min(inside.Row + inside.Height, block.FirstRow + block.Rows);
        return new RasterWindow(left, top, right - left, bottom - top);
    }

    private IEnumerable<int> Channels(TiffBlock block) =>
        Enumerable.Range(0, bands.Length).Where(channel => !layout.IsPlanar || bands[channel] == block.Plane);

    private Span<T> Row(int channel, int row, RasterWindow part) => new(Pointer(channel, row, part.Column), part.Width);

    private nint ChannelStride => (nint)window.Height * window.Width;

    private T* Pointer(int channel, int row, int column) =>
        start + (channel * ChannelStride) + ((nint)(row - window.Row) * window.Width) + column - window.Column;
}
