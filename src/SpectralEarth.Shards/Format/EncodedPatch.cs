using System.IO.Hashing;
using System.Runtime.InteropServices;
using SpectralEarth.Shards.Codecs;

namespace SpectralEarth.Shards.Format;

/// <summary>A patch as a shard stores it.</summary>
public sealed class EncodedPatch
{
    /// <summary>Pixels under the shard's codec.</summary>
    public required ReadOnlyMemory<byte> Pixels { get; init; }
    /// <summary>One bit a pixel, [H, W], lowest bit of a byte first; 1 = usable.</summary>
    public required ReadOnlyMemory<byte> Validity { get; init; }
    /// <summary>Label codes, [H, W], or null.</summary>
    public required byte[]? Labels { get; init; }
    /// <summary>See <see cref="PatchInfo.Checksum"/>.</summary>
    public required ulong Checksum { get; init; }

    /// <summary>Encodes a patch.</summary>
    /// <param name="codec">Codec of the shard.</param>
    /// <param name="pixels">Digital numbers, [C, H, W].</param>
    /// <param name="validity">1 or 0, [H, W].</param>
    /// <param name="labels">Codes, [H, W]; null without labels.</param>
    /// <param name="scratch">Reused between calls; grows as needed.</param>
    public static EncodedPatch Encode(
        IPatchCodec codec, ReadOnlySpan<short> pixels, ReadOnlySpan<byte> validity, byte[]? labels, ref byte[] scratch)
    {
        var channels = pixels.Length / validity.Length;
        var limit = codec.MaximumEncodedLength(channels, validity.Length);
        if (scratch.Length < limit)
            scratch = GC.AllocateUninitializedArray<byte>(limit);
        var length = codec.Encode(pixels, channels, scratch);
        var bits = new byte[BitMask.Length(validity.Length)];
        BitMask.Pack(validity, bits);
        return new EncodedPatch
        {
            Pixels = scratch.AsSpan(0, length).ToArray(),
            Validity = bits,
            Labels = labels,
            Checksum = ChecksumOf(pixels, bits, labels),
        };
    }

    /// <summary>Checksum of decoded pixels, validity bits and labels (empty without labels).</summary>
    internal static ulong ChecksumOf(ReadOnlySpan<short> pixels, ReadOnlySpan<byte> validityBits, ReadOnlySpan<byte> labels)
    {
        var hash = new XxHash3();
        hash.Append(MemoryMarshal.AsBytes(pixels));
        hash.Append(validityBits);
        hash.Append(labels);
        return hash.GetCurrentHashAsUInt64();
    }
}
