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

    /// <summary>Per channel: whether the channels from it on are bands that follow each other in the file, enough for a square.</summary>
    private readonly bool[] beginsSquare =
    [
        .. Enumerable.Range(0, bands.Length).Select(channel =>
            sizeof(T) == sizeof(ushort) && SampleTransposition.IsSupported && channel + SampleTransposition.Side <= bands.Length
            && Enumerable.Range(1, SampleTransposition.Side - 1).All(next => bands[channel + next] == bands[channel] + next)),
    ];

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
        for (var row = part.Row; row < part.Row + part.Height; row++)
        {
            var first = (((row - block.FirstRow) * layout.BlockWidth) + part.Column - block.FirstColumn) * layout.SamplesPerPixel;
            var source = samples.Slice(first, part.Width * layout.SamplesPerPixel);
            if (layout.SamplesPerPixel > 1)
            {
                PutInterleaved(source, row, part);
                continue;
            }

            foreach (var channel in Channels(block))
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
                for (var channel = 0; channel < bands.Length;)
                    channel += PutBands(from, channel, Pointer(channel, row, part.Column + column), count);
            }
        }
    }

    /// <summary>Puts the samples of one band or of neighbouring bands, and returns their number.</summary>
    private int PutBands(T* pixels, int channel, T* to, int count)
    {
        var from = pixels + bands[channel];
        var first = 0;
        if (beginsSquare[channel])
        {
            first = count - (count % SampleTransposition.Side);
            SampleTransposition.Transpose((ushort*)from, layout.SamplesPerPixel, (ushort*)to, ChannelStride, first);
        }

        var put = beginsSquare[channel] ? SampleTransposition.Side : 1;
        for (var band = 0; band < put; band++, from++, to += ChannelStride)
            for (var pixel = first; pixel < count; pixel++)
                to[pixel] = from[(nint)pixel * layout.SamplesPerPixel];
        return put;
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
