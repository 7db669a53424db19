using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Reads rows of a scene: digital numbers [C, rows, width] and validity [rows, width].</summary>
internal delegate void RowReader(int firstRow, int rows, Span<short> pixels, Span<byte> validity);

/// <summary>
/// The rows of a scene under the current row of windows. Moving down keeps the rows that are needed again, so each
/// pixel is read once and memory is bounded by a row of windows. The rows that the next move needs are read meanwhile by another thread.
/// </summary>
internal sealed class SceneStrip : IDisposable
{
    private readonly int width, height, channels, windowSize;
    private readonly short noData;
    private readonly RowReader read;
    private readonly short[] pixels;     // [C, windowSize, width]
    private readonly byte[] validity;    // [windowSize, width]
    private int firstRow, rows;
    private Task<FreshRows>? ahead;

    public SceneStrip(int width, int height, int channels, int windowSize, short noData, RowReader read)
    {
        (this.width, this.height, this.channels, this.windowSize) = (width, height, channels, windowSize);
        (this.noData, this.read) = (noData, read);
        pixels = new short[checked(channels * windowSize * width)];
        validity = new byte[windowSize * width];
    }

    /// <summary>Validity of the strip's rows, [rows, width].</summary>
    public ReadOnlySpan<byte> Validity => validity.AsSpan(0, rows * width);

    /// <summary>Moves down to a row of windows and begins to read what the next one needs.</summary>
    /// <param name="windowRow">First row of the windows; negative if the scene is lower than a window.</param>
    /// <param name="nextWindowRow">First row of the windows to which the next move will lead, or null at the last.</param>
    public void MoveTo(int windowRow, int? nextWindowRow)
    {
        var first = Math.Max(0, windowRow);
        var fresh = ahead is null ? Read(windowRow) : ahead.GetAwaiter().GetResult();
        var kept = fresh.FirstRow - first;
        KeepLast(kept);
        fresh.Validity.CopyTo(validity, kept * width);
        for (var channel = 0; channel < channels; channel++)
        {
            fresh.Pixels.AsSpan(channel * fresh.Rows * width, fresh.Rows * width)
                .CopyTo(pixels.AsSpan(((channel * windowSize) + kept) * width));
        }

        (firstRow, rows) = (first, kept + fresh.Rows);
        ahead = nextWindowRow is { } next ? Task.Run(() => Read(next)) : null;
    }

    /// <summary>True if the window that starts at <paramref name="column"/> holds a valid pixel.</summary>
    public bool HasValidPixel(int column)
    {
        var (first, length) = Inside(column);
        for (var row = 0; row < rows; row++)
        {
            if (validity.AsSpan((row * width) + first, length).ContainsAnyExcept((byte)0))
                return true;
        }

        return false;
    }

    /// <summary>Copies windows into a batch; pixels outside the scene are no-data and invalid.</summary>
    /// <param name="windowRow">First row of the windows, as given to <see cref="MoveTo"/>.</param>
    /// <param name="columns">First column of each window.</param>
    public PatchBatch Windows(int windowRow, ReadOnlySpan<int> columns)
    {
        var area = windowSize * windowSize;
        var batch = new PatchBatch
        {
            Indices = new int[columns.Length],
            Pixels = new short[columns.Length * channels * area],
            Validity = new byte[columns.Length * area],
            Labels = null,
        };
        if (rows < windowSize || width < windowSize)
            Array.Fill(batch.Pixels, noData);
        for (var sample = 0; sample < columns.Length; sample++)
        {
            var (first, length) = Inside(columns[sample]);
            for (var row = 0; row < rows; row++)
            {
                var target = ((firstRow - windowRow + row) * windowSize) + first - columns[sample];
                validity.AsSpan((row * width) + first, length).CopyTo(batch.Validity.AsSpan((sample * area) + target));
                for (var channel = 0; channel < channels; channel++)
                {
                    pixels.AsSpan((((channel * windowSize) + row) * width) + first, length)
                        .CopyTo(batch.Pixels.AsSpan((((sample * channels) + channel) * area) + target));
                }
            }
        }

        return batch;
    }

    /// <summary>Waits for the reading thread, so that the scene may be closed; whoever ends early has no use for its result.</summary>
    public void Dispose()
    {
        if (ahead is not null)
            Task.WaitAny(ahead);
    }

    /// <summary>Reads the rows of a row of windows that the strip does not hold.</summary>
    private FreshRows Read(int windowRow)
    {
        var first = Math.Max(Math.Max(0, windowRow), firstRow + rows);
        var count = Math.Min(height, windowRow + windowSize) - first;
        var fresh = new FreshRows(first, count, new short[channels * count * width], new byte[count * width]);
        read(first, count, fresh.Pixels, fresh.Validity);
        return fresh;
    }

    private (int First, int Length) Inside(int column)
    {
        var first = Math.Max(0, column);
        return (first, Math.Min(width, column + windowSize) - first);
    }

    private void KeepLast(int kept)
    {
        if (kept == 0)
            return;
        validity.AsSpan((rows - kept) * width, kept * width).CopyTo(validity);
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = pixels.AsSpan(channel * windowSize * width, windowSize * width);
            plane.Slice((rows - kept) * width, kept * width).CopyTo(plane);
        }
    }

    /// <summary>Rows that were read, pixels [C, rows, width] and validity [rows, width].</summary>
    private sealed record FreshRows(int FirstRow, int Rows, short[] Pixels, byte[] Validity);
}
