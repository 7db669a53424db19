using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SpectralEarth.Shards.Codecs;

/// <summary>Little-endian int16 samples without compression: the largest files, read at the speed of memory.</summary>
internal sealed class RawCodec : IPatchCodec
{
    public string Name => "raw";

    public int MaximumEncodedLength(int channels, int pixels) => checked(channels * pixels * sizeof(short));

    public int Encode(ReadOnlySpan<short> patch, int channels, Span<byte> destination)
    {
        var samples = MemoryMarshal.Cast<byte, short>(destination)[..patch.Length];
        if (BitConverter.IsLittleEndian)
            patch.CopyTo(samples);
        else
            BinaryPrimitives.ReverseEndianness(patch, samples);
        return patch.Length * sizeof(short);
    }

    public void Decode(ReadOnlySpan<byte> encoded, int channels, Span<short> patch)
    {
        if (encoded.Length != patch.Length * sizeof(short))
            throw new InvalidDataException($"{encoded.Length} bytes of pixels, expected {patch.Length * sizeof(short)}.");
        var samples = MemoryMarshal.Cast<byte, short>(encoded);
        if (BitConverter.IsLittleEndian)
            samples.CopyTo(patch);
        else
            BinaryPrimitives.ReverseEndianness(samples, patch);
    }
}
