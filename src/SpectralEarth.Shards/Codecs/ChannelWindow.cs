using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SpectralEarth.Shards.Codecs;

/// <summary>The current channel and the eight before it, as rows of a ring of nine rows that stays in the cache.</summary>
internal ref struct ChannelWindow
{
    /// <summary>Rows of the ring.</summary>
    public const int Rows = SpectralPredictor.Order + 1;

    private readonly Span<short> rows;
    private readonly int width;
    private OffsetBuffer offsets;

    [InlineArray(Rows)]
    private struct OffsetBuffer
    {
        private int first;
    }

    /// <param name="rows">Memory of nine rows.</param>
    /// <param name="width">Samples of a row; a multiple of 16.</param>
    public ChannelWindow(Span<short> rows, int width)
    {
        this.rows = rows[..(Rows * width)];
        this.width = width;
        MoveTo(0);
    }

    /// <summary>Row of the current channel.</summary>
    public readonly Span<short> Current => Row(0);

    /// <summary>Row of the channel <paramref name="back"/> before the current one, 0 to 8.</summary>
    public readonly Span<short> Row(int back) => rows.Slice(offsets[back], width);

    /// <summary>Makes <paramref name="channel"/> the current one; its row is that of the ninth channel before it.</summary>
    public void MoveTo(int channel)
    {
        for (var back = 0; back < Rows; back++)
            offsets[back] = Slot(channel, back) * width;
    }

    /// <summary>Ring position of the channel <paramref name="back"/> before <paramref name="channel"/>.</summary>
    public static int Slot(int channel, int back) => (channel + Rows - back) % Rows;

    /// <summary>16 samples of the row <paramref name="back"/> channels before. The caller keeps <paramref name="at"/> + 16 within the width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector256<short> Load(int back, int at) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(rows), (nuint)(uint)(offsets[back] + at));
}
