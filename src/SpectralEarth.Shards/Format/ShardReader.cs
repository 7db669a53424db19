using Microsoft.Win32.SafeHandles;
using SpectralEarth.Shards.Codecs;

namespace SpectralEarth.Shards.Format;

/// <summary>
/// Reads patches of one shard by their byte positions: one read for the pixels, decoded straight into the caller's
/// memory. Safe to use from several threads.
/// </summary>
public sealed class ShardReader : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly ShardFormat format;
    private readonly IPatchCodec codec;
    private readonly string path;

    private ShardReader(SafeFileHandle file, ShardFormat format, string path) =>
        (this.file, this.format, this.path, codec) = (file, format, path, format.OpenCodec());

    /// <summary>Opens a shard and checks its metadata against <paramref name="format"/>.</summary>
    /// <exception cref="DatasetException">Missing, damaged, or of another format or version.</exception>
    public static ShardReader Open(string path, ShardFormat format)
    {
        format.Check(ParquetFile.Read(path, reader => reader.CustomMetadata), path);
        return OpenUnchecked(path, format);
    }

    /// <summary>Opens a shard without looking at its metadata, to see what can still be read of a damaged file.</summary>
    internal static ShardReader OpenUnchecked(string path, ShardFormat format) =>
        new(File.OpenHandle(path, share: FileShare.Read | FileShare.Delete, options: FileOptions.RandomAccess), format, path);

    /// <summary>Reads, decodes and verifies patches; those that lie side by side come in one read.</summary>
    /// <param name="patches">Catalog rows of the patches, N.</param>
    /// <param name="pixels">Receives the digital numbers, [N, C, H, W].</param>
    /// <param name="validity">Receives 1 = usable, 0 = not, [N, H, W].</param>
    /// <param name="labels">Receives the label codes, [N, H, W]; empty where they are not wanted or there are none.</param>
    /// <exception cref="DatasetException">The bytes do not give a patch that was written; names shard, location and scene.</exception>
    public void Read(ReadOnlySpan<PatchInfo> patches, Span<short> pixels, Span<byte> validity, Span<byte> labels)
    {
        var bitLength = BitMask.Length(format.PixelCount);
        var labelLength = patches[0].Bytes.Labels < 0 ? 0 : format.PixelCount;
        foreach (var info in patches)
            CheckPosition(info);
        using var encoded = new ByteRange(patches, info => info.Bytes.Pixels, info => info.Bytes.PixelsLength, Fill);
        using var bits = new ByteRange(patches, info => info.Bytes.Validity, _ => bitLength, Fill);
        using var codes = new ByteRange(patches, info => info.Bytes.Labels, _ => labelLength, Fill);
        for (var number = 0; number < patches.Length; number++)
        {
            var info = patches[number];
            var samples = pixels.Slice(number * format.SampleCount, format.SampleCount);
            Decode(info, encoded[number], samples);
            var checksum = EncodedPatch.ChecksumOf(samples, bits[number], codes[number]);
            if (checksum != info.Checksum)
                throw Damaged(info, $"checksum {checksum:x16}, expected {info.Checksum:x16}");
            BitMask.Unpack(bits[number], validity.Slice(number * format.PixelCount, format.PixelCount));
            if (!labels.IsEmpty)
                codes[number].CopyTo(labels[(number * format.PixelCount)..]);
        }
    }

    /// <summary>Tells the system that a patch will be read soon.</summary>
    internal void Announce(PatchInfo info) => ReadAhead.Announce(file, info.Bytes.Pixels, info.Bytes.PixelsLength);

    private void CheckPosition(PatchInfo info)
    {
        if (info.Bytes.PixelsLength < 0 || info.Bytes.PixelsLength > codec.MaximumEncodedLength(format.Channels, format.PixelCount) || info.Bytes.Pixels < 0 || info.Bytes.Validity < 0)
            throw Damaged(info, $"the catalog gives an impossible position ({info.Bytes})");
    }

    /// <summary>Reads one patch without decoding it, to be written into another shard of the same format. To be disposed of by the caller.</summary>
    /// <exception cref="DatasetException">The shard ends before the patch does.</exception>
    public EncodedPatch ReadEncoded(PatchInfo info)
    {
        var bits = new byte[BitMask.Length(format.PixelCount)];
        var codes = info.Bytes.Labels < 0 ? null : new byte[format.PixelCount];
        var patch = new EncodedPatch(info.Bytes.PixelsLength) { Validity = bits, Labels = codes, Checksum = info.Checksum };
        Fill(info, info.Bytes.Pixels, patch.Memory.Span);
        Fill(info, info.Bytes.Validity, bits);
        Fill(info, info.Bytes.Labels, codes);
        return patch;
    }

    /// <summary>Reads validity and labels of one patch; they are not verified.</summary>
    /// <param name="info">Catalog row of the patch.</param>
    /// <param name="validity">Receives 1 = usable, 0 = not, [H, W].</param>
    /// <param name="labels">Receives the label codes, [H, W]; all 0 where there are none.</param>
    /// <exception cref="DatasetException">The shard ends before the patch does.</exception>
    public void ReadLabels(PatchInfo info, Span<byte> validity, Span<byte> labels)
    {
        var bits = new byte[BitMask.Length(format.PixelCount)];
        Fill(info, info.Bytes.Validity, bits);
        BitMask.Unpack(bits, validity);
        if (info.Bytes.Labels < 0)
            labels.Clear();
        else
            Fill(info, info.Bytes.Labels, labels[..format.PixelCount]);
    }

    private void Decode(PatchInfo info, ReadOnlySpan<byte> encoded, Span<short> pixels)
    {
        try
        {
            codec.Decode(encoded, format.Channels, pixels);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(info, e.Message.TrimEnd('.'), e);
        }
    }

    private void Fill(PatchInfo info, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(file, destination, offset);
            if (read == 0)
                throw Damaged(info, $"the file ends at byte {offset}");
            destination = destination[read..];
            offset += read;
        }
    }

    private DatasetException Damaged(PatchInfo info, string found, Exception? cause = null) => new(
        $"{path}: patch {info.LocationId} of scene {info.SceneId} (row {info.ShardRow}) is damaged: {found}. " +
        "Restore the file or make the data set again.", cause)
    { Found = found };

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
