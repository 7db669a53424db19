namespace SpectralEarth.Shards.Codecs;

/// <summary>Masks of one bit a pixel, lowest bit of a byte first.</summary>
internal static class BitMask
{
    /// <summary>Bytes of a mask.</summary>
    public static int Length(int pixels) => (pixels + 7) / 8;

    /// <summary>Packs bytes that are 0 or 1.</summary>
    public static void Pack(ReadOnlySpan<byte> flags, Span<byte> mask)
    {
        mask[..Length(flags.Length)].Clear();
        for (var pixel = 0; pixel < flags.Length; pixel++)
            mask[pixel >> 3] |= (byte)(flags[pixel] << (pixel & 7));
    }

    /// <summary>Unpacks into bytes that are 0 or 1.</summary>
    public static void Unpack(ReadOnlySpan<byte> mask, Span<byte> flags)
    {
        for (var pixel = 0; pixel < flags.Length; pixel++)
            flags[pixel] = (byte)(mask[pixel >> 3] >> (pixel & 7) & 1);
    }
}
