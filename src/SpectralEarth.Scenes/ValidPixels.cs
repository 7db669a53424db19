using System.Numerics;
using System.Runtime.InteropServices;

namespace SpectralEarth.Scenes;

/// <summary>Finds the pixels that have data in all bands.</summary>
internal static class ValidPixels
{
    /// <summary>Sets <paramref name="valid"/> to 1 where no kept band is no-data and to 0 elsewhere.</summary>
    /// <param name="pixels">Digital numbers, [C, H, W].</param>
    /// <param name="kept">Bands that count, [C].</param>
    /// <param name="noData">The no-data value.</param>
    /// <param name="valid">Receives 1 or 0, [H, W].</param>
    internal static void Mark(ReadOnlySpan<short> pixels, bool[] kept, short noData, Span<byte> valid)
    {
        var missing = new short[valid.Length]; // all bits set where a band is no-data
        var wanted = new Vector<short>(noData);
        for (var channel = 0; channel < kept.Length; channel++)
        {
            if (!kept[channel])
                continue;
            var band = pixels.Slice(channel * valid.Length, valid.Length);
            var i = 0;
            foreach (var vector in MemoryMarshal.Cast<short, Vector<short>>(band))
            {
                var before = new Vector<short>(missing, i);
                (before | Vector.Equals(vector, wanted)).CopyTo(missing, i);
                i += Vector<short>.Count;
            }

            for (; i < band.Length; i++)
                missing[i] |= band[i] == noData ? (short)-1 : (short)0;
        }

        for (var i = 0; i < valid.Length; i++)
            valid[i] = missing[i] == 0 ? (byte)1 : (byte)0;
    }
}
