using System.Runtime.InteropServices;
using SpectralEarth.Randomness;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Training;

/// <summary>The window that a step sees of each sample of a batch: the whole patch, or a part of it drawn from (seed, step, sample).</summary>
internal sealed class PatchWindows
{
    private readonly int patch, dates;
    private readonly (int Row, int Column)[] offsets;

    /// <param name="batch">Patches, the dates of a location side by side.</param>
    /// <param name="dates">Patches of a location.</param>
    /// <param name="size">Side of a window, pixels; null takes whole patches.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Optimizer step.</param>
    public PatchWindows(PatchBatch batch, int dates, int? size, long seed, long step)
    {
        this.dates = dates;
        patch = (int)Math.Sqrt(batch.Validity.Length / batch.Indices.Length);
        (Samples, Size) = (batch.Indices.Length / dates, size ?? patch);
        offsets = new (int Row, int Column)[Samples];
        var slack = patch - Size;
        for (var sample = 0; slack > 0 && sample < Samples; sample++)
        {
            var random = new SeededRandom(seed, "window", step, batch.FirstSample + sample);
            offsets[sample] = (random.NextInt(slack + 1), random.NextInt(slack + 1));
        }
    }

    /// <summary>Samples B: patches, or locations.</summary>
    public int Samples { get; }

    /// <summary>Side S of a window, pixels.</summary>
    public int Size { get; }

    /// <summary>Copies the windows of one date straight into a tensor, [B, T, C, P, P] to [B, C, S, S].</summary>
    /// <param name="source">Values of the batch, [B, T, C, P, P].</param>
    /// <param name="type">Their type as torch names it.</param>
    /// <param name="channels">Channels C.</param>
    /// <param name="date">Date, from 0.</param>
    public Tensor Cut<T>(T[] source, ScalarType type, int channels, int date)
        where T : struct
    {
        var host = empty([Samples, channels, Size, Size], type);
        var target = MemoryMarshal.Cast<byte, T>(host.bytes);
        for (var plane = 0; plane < Samples * channels; plane++)
        {
            var (sample, channel) = Math.DivRem(plane, channels);
            var from = source.AsSpan(((((sample * dates) + date) * channels) + channel) * patch * patch, patch * patch);
            var to = target.Slice(plane * Size * Size, Size * Size);
            if (Size == patch)
                from.CopyTo(to);
            else
                CopyWindow(from, to, offsets[sample]);
        }

        return host;
    }

    /// <summary>Whether a band holds data in a valid pixel of the window, [B, C] row by row, for samples of one date. Looks no further than the first such pixel.</summary>
    /// <param name="pixels">Digital numbers of the batch, [B, C, P, P].</param>
    /// <param name="validity">Non-zero for valid pixels, [B, P, P].</param>
    /// <param name="channels">Bands C.</param>
    /// <param name="noData">Digital number of missing values.</param>
    public bool[] BandsWithData(short[] pixels, byte[] validity, int channels, short noData)
    {
        var found = new bool[Samples * channels];
        for (var plane = 0; plane < found.Length; plane++)
        {
            var (sample, area) = (plane / channels, patch * patch);
            found[plane] = HasData(pixels.AsSpan(plane * area, area), validity.AsSpan(sample * area, area), offsets[sample], noData);
        }

        return found;
    }

    private bool HasData(ReadOnlySpan<short> pixels, ReadOnlySpan<byte> validity, (int Row, int Column) offset, short noData)
    {
        for (var row = offset.Row; row < offset.Row + Size; row++)
        {
            for (var column = offset.Column; column < offset.Column + Size; column++)
            {
                if (validity[(row * patch) + column] != 0 && pixels[(row * patch) + column] != noData)
                    return true;
            }
        }

        return false;
    }

    private void CopyWindow<T>(ReadOnlySpan<T> from, Span<T> to, (int Row, int Column) offset)
    {
        for (var row = 0; row < Size; row++)
            from.Slice(((offset.Row + row) * patch) + offset.Column, Size).CopyTo(to[(row * Size)..]);
    }
}
