namespace SpectralEarth.Shards.Codecs;

/// <summary>A lossless form of a patch's pixels, named in the shard. Stateless and safe to use from several threads.</summary>
public interface IPatchCodec
{
    /// <summary>Name in shards and in dataset.yaml.</summary>
    string Name { get; }

    /// <summary>Upper limit of the encoded size of any patch, bytes.</summary>
    /// <param name="channels">Channels C.</param>
    /// <param name="pixels">Pixels of one channel, H x W.</param>
    int MaximumEncodedLength(int channels, int pixels);

    /// <summary>Encodes a patch and returns the bytes written; equal input gives equal bytes on every machine.</summary>
    /// <param name="patch">Digital numbers, [C, H, W]; any int16 values.</param>
    /// <param name="channels">Channels C; divides the length of <paramref name="patch"/>.</param>
    /// <param name="destination">At least <see cref="MaximumEncodedLength"/> bytes.</param>
    int Encode(ReadOnlySpan<short> patch, int channels, Span<byte> destination);

    /// <summary>Decodes exactly what was encoded. Damaged bytes give an exception or wrong pixels, never an access out of bounds.</summary>
    /// <param name="encoded">Encoded bytes.</param>
    /// <param name="channels">Channels C.</param>
    /// <param name="patch">Receives the digital numbers, [C, H, W].</param>
    /// <exception cref="InvalidDataException">The bytes are cut short or contradict the shape.</exception>
    void Decode(ReadOnlySpan<byte> encoded, int channels, Span<short> patch);
}
