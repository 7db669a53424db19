using System.Buffers.Binary;

namespace SpectralEarth.Tests.Shards;

/// <summary>The codec's documented format decoded in the plainest way, sample by sample: the oracle of the fast one.</summary>
internal static class PlainSpectralRice
{
    public static short[] Decode(ReadOnlySpan<byte> encoded, int channels, int pixels)
    {
        var at = 0;
        var kept = Enumerable.Repeat(true, pixels).ToArray();
        if (encoded[at++] == 1)
        {
            for (var pixel = 0; pixel < pixels; pixel++)
                kept[pixel] = (encoded[at + (pixel / 8)] >> (pixel % 8) & 1) == 1;
            at += (pixels + 7) / 8;
        }

        var count = kept.Count(flag => flag);
        var patch = new short[channels * pixels];
        Array.Fill(patch, short.MinValue);
        if (count == 0)
            return patch;
        var coded = new short[channels][];
        for (var channel = 0; channel < channels; channel++)
        {
            coded[channel] = Channel(encoded, ref at, coded, channel, count);
            for (int pixel = 0, next = 0; pixel < pixels; pixel++)
                if (kept[pixel])
                    patch[(channel * pixels) + pixel] = coded[channel][next++];
        }

        Assert.That(at, Is.EqualTo(encoded.Length), "bytes used");
        return patch;
    }

    private static short[] Channel(ReadOnlySpan<byte> encoded, ref int at, short[][] before, int channel, int count)
    {
        var weights = new short[Math.Min(channel, 8)];
        for (var i = 0; i < weights.Length; i++, at += 2)
            weights[i] = BinaryPrimitives.ReadInt16LittleEndian(encoded[at..]);
        var bias = BinaryPrimitives.ReadInt32LittleEndian(encoded[at..]);
        var unaryLength = BinaryPrimitives.ReadInt32LittleEndian(encoded[(at + 4)..]);
        at += 8;
        var blocks = (count + 255) / 256;
        var lowBits = encoded.Slice(at, blocks).ToArray();
        at += blocks;
        var numbers = new int[blocks * 256];
        for (var block = 0; block < blocks; block++)
        {
            for (var i = 0; i < 256; i++)
                for (var bit = 0; bit < lowBits[block]; bit++)
                {
                    var position = ((i / 16) * lowBits[block]) + bit;
                    var word = BinaryPrimitives.ReadUInt16LittleEndian(encoded[(at + (position / 16 * 32) + (i % 16 * 2))..]);
                    numbers[(block * 256) + i] |= (word >> (position % 16) & 1) << bit;
                }

            at += lowBits[block] * 32;
        }

        var end = at + unaryLength;
        for (int i = 0, bit = 0; i < numbers.Length; i++, bit++)
            for (; (encoded[at + (bit / 8)] >> (bit % 8) & 1) == 0; bit++)
                numbers[i] += 1 << lowBits[i / 256];
        at = end;

        var row = new short[count];
        for (var pixel = 0; pixel < count; pixel++)
        {
            var sum = bias;
            for (var i = 0; i < weights.Length; i++)
                sum = unchecked(sum + (weights[i] * before[channel - 1 - i][pixel]));
            var prediction = Math.Clamp(sum >> 13, short.MinValue, short.MaxValue);
            row[pixel] = unchecked((short)(prediction + ((numbers[pixel] >> 1) ^ -(numbers[pixel] & 1))));
        }

        return row;
    }
}
