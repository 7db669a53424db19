using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SpectralEarth.Training.Monitoring;

/// <summary>
/// Writes scalars as a TensorBoard event file: TFRecord framing (tensorflow/core/lib/io/record_writer.h) around Event
/// messages (tensorflow/core/util/event.proto). A new file for each start of a run; a session start tells TensorBoard
/// to drop the points that the resumed run will write again.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const uint MaskDelta = 0xA282EAD8;
    private readonly FileStream stream;

    /// <summary>Creates a file in <paramref name="folder"/>.</summary>
    /// <param name="folder">The run's tensorboard folder; must exist.</param>
    /// <param name="firstStep">Points at this step and later, of earlier files, are void.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public EventFile(string folder, long firstStep)
    {
        var name = $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds():D13}.{Environment.MachineName}.{Environment.ProcessId}";
        stream = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        WriteEvent(0, message => message.Text(3, "brain.Event:2"));
        WriteEvent(firstStep, message => message.Message(7, session => session.Integer(1, 1)));
    }

    /// <summary>Adds one point to each named curve.</summary>
    public void Write(long step, params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        var summary = new ProtobufWriter();
        foreach (var (tag, value) in scalars)
            summary.Message(1, curve => curve.Text(1, tag).Single(2, (float)value));
        WriteEvent(step, message => message.Bytes(5, summary.ToArray()));
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    /// <summary>CRC-32C, rotated and shifted as TFRecord stores it.</summary>
    internal static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
            checksum = BitOperations.Crc32C(checksum, value);
        return BitOperations.RotateRight(~checksum, 15) + MaskDelta;
    }

    private void WriteEvent(long step, Action<ProtobufWriter> content)
    {
        var message = new ProtobufWriter();
        message.Double(1, (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds).Integer(2, step);
        content(message);
        WriteRecord(message.ToArray());
    }

    private void WriteRecord(byte[] payload)
    {
        var record = new byte[sizeof(ulong) + sizeof(uint) + payload.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        payload.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + payload.Length), MaskedChecksum(payload));
        stream.Write(record);
        stream.Flush();
    }

    /// <summary>The four kinds of protobuf fields that an event needs.</summary>
    private sealed class ProtobufWriter
    {
        private readonly List<byte> bytes = [];

        public byte[] ToArray() => [.. bytes];

        public ProtobufWriter Integer(int field, long value) => Varint((ulong)field << 3).Varint((ulong)value);

        public ProtobufWriter Double(int field, double value)
        {
            Varint(((ulong)field << 3) | 1);
            bytes.AddRange(BitConverter.GetBytes(value));
            return this;
        }

        public ProtobufWriter Single(int field, float value)
        {
            Varint(((ulong)field << 3) | 5);
            bytes.AddRange(BitConverter.GetBytes(value));
            return this;
        }

        public ProtobufWriter Bytes(int field, byte[] value)
        {
            Varint(((ulong)field << 3) | 2).Varint((ulong)value.Length);
            bytes.AddRange(value);
            return this;
        }

        public ProtobufWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public ProtobufWriter Message(int field, Action<ProtobufWriter> content)
        {
            var inner = new ProtobufWriter();
            content(inner);
            return Bytes(field, inner.ToArray());
        }

        private ProtobufWriter Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
                bytes.Add((byte)(value | 0x80));
            bytes.Add((byte)value);
            return this;
        }
    }
}
