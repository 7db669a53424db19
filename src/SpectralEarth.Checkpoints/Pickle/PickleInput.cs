using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SpectralEarth.Checkpoints.Pickle;

/// <summary>The bytes of a pickle, read from front to back; every fault names the byte of the file.</summary>
/// <param name="bytes">Bytes.</param>
/// <param name="origin">Place of the first one in the file.</param>
/// <param name="path">File, for messages.</param>
internal ref struct PickleInput(ReadOnlySpan<byte> bytes, long origin, string path)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    /// <summary>Place in the file of the next byte.</summary>
    internal readonly long Offset => origin + position;

    /// <summary>Takes <paramref name="count"/> bytes.</summary>
    /// <exception cref="CheckpointException">There are not so many.</exception>
    internal ReadOnlySpan<byte> Take(long count)
    {
        if (count > bytes.Length - position)
            throw Fault(Offset, $"the pickle ends, but {count} more bytes are announced");
        var taken = bytes.Slice(position, (int)count);
        position += (int)count;
        return taken;
    }

    internal byte Byte() => Take(1)[0];

    internal ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    internal uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    internal double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A whole number of <paramref name="count"/> bytes: a long, or a <see cref="BigInteger"/> where that is too small.</summary>
    internal object Number(long count)
    {
        if (count is < 0 or > PickleLimits.Number)
            throw Fault(Offset, $"a whole number has {count} bytes; at most {PickleLimits.Number} are allowed");
        var number = new BigInteger(Take(count));
        return number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
    }

    /// <summary>UTF-8 text of <paramref name="count"/> bytes.</summary>
    internal string Text(ulong count)
    {
        if (count > PickleLimits.Text)
            throw Fault(Offset, $"a text has {count} bytes; at most {PickleLimits.Text} are allowed");
        var start = Offset;
        try
        {
            return Strict.GetString(Take((long)count));
        }
        catch (DecoderFallbackException error)
        {
            throw Fault(start, $"a text is no valid UTF-8 ({error.Message})");
        }
    }

    /// <summary>ASCII text up to the end of the line.</summary>
    internal string Line()
    {
        const int longest = 256;
        var rest = bytes[position..];
        var end = rest[..Math.Min(rest.Length, longest)].IndexOf((byte)'\n');
        if (end < 0)
            throw Fault(Offset, $"a name has no end within {longest} bytes");
        var line = Text((ulong)end);
        position++;
        return line;
    }

    /// <summary>An exception for the byte at <paramref name="offset"/> of the file.</summary>
    internal readonly CheckpointException Fault(long offset, string fault) => PickleFault.At(path, offset, fault);
}

/// <summary>Words for what is wrong in a pickle.</summary>
internal static class PickleFault
{
    /// <summary>An exception for the byte at <paramref name="offset"/> of the file.</summary>
    internal static CheckpointException At(string path, long offset, string fault) => new(
        $"{path}: at byte {offset}: {fault}. Only tensors, plain containers, numbers and texts are read, and nothing is executed; " +
        "fetch the file again, or save the state dict alone with torch.save.");
}
