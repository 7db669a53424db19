using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Format;

/// <summary>A patch as a shard stores it. Its memory is used again for the next ones once it is disposed of.</summary>
public sealed class EncodedPatch : IDisposable
{
    private readonly int length;
    private byte[]? memory;

    /// <param name="length">Bytes of the encoded pixels.</param>
    internal EncodedPatch(int length) => (this.length, memory) = (length, ArrayPool<byte>.Shared.Rent(length));

    /// <summary>Pixels under the shard's codec.</summary>
    /// <exception cref="ObjectDisposedException">The patch was disposed of.</exception>
    public ReadOnlyMemory<byte> Pixels => Memory;

    /// <summary>To be filled by the maker.</summary>
    internal Memory<byte> Memory => memory is { } bytes ? bytes.AsMemory(0, length) : throw new ObjectDisposedException(nameof(EncodedPatch));

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
            scratch = FreshMemory.Array<byte>(limit);
        var length = codec.Encode(pixels, channels, scratch);
        var bits = new byte[BitMask.Length(validity.Length)];
        BitMask.Pack(validity, bits);
        var patch = new EncodedPatch(length) { Validity = bits, Labels = labels, Checksum = ChecksumOf(pixels, bits, labels) };
        scratch.AsSpan(0, length).CopyTo(patch.Memory.Span);
        return patch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref memory, null) is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
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
