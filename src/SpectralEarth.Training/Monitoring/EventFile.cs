using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace SpectralEarth.Training.Monitoring;

/// <summary>
/// Writes scalars as a TensorBoard event file: TFRecord framing (tensorflow/core/lib/io/record_writer.h) around Event
/// messages (tensorflow/core/util/event.proto, generated in TorchSharp). A new file for each start of a run; a session start tells TensorBoard
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
        WriteRecord(new Event { FileVersion = "brain.Event:2" });
        WriteRecord(new Event { Step = firstStep, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start } });
    }

    /// <summary>Adds one point to each named curve.</summary>
    public void Write(long step, params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        var summary = new Summary();
        foreach (var (tag, value) in scalars)
            summary.Value.Add(new Summary.Types.Value { Tag = tag, SimpleValue = (float)value });
        WriteRecord(new Event { Step = step, Summary = summary });
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

    private void WriteRecord(Event message)
    {
        message.WallTime = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        var payload = message.ToByteArray();
        var record = new byte[sizeof(ulong) + sizeof(uint) + payload.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        payload.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + payload.Length), MaskedChecksum(payload));
        stream.Write(record);
        stream.Flush();
    }
}
