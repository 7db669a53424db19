using System.Buffers.Binary;
using SpectralEarth.Testing;
using SpectralEarth.Training.Monitoring;
using Tensorboard;

namespace SpectralEarth.Tests.Training;

public sealed class EventFileTests
{
    [Test]
    public void Checksum_equals_the_known_masked_crc32c()
    {
        // CRC-32C of "123456789" is 0xE3069283 (RFC 3720, B.4); the mask is TFRecord's.
        var expected = unchecked(((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xA282EAD8u);

        Assert.That(EventFile.MaskedChecksum("123456789"u8), Is.EqualTo(expected));
    }

    [Test]
    public void Checksums_equal_those_of_TorchSharps_writer()
    {
        // A version record captured from SummaryWriter of TorchSharp 0.107.
        var captured = Convert.FromHexString("1800000000000000A37F4B22092354D73F93BEA1431A0D627261696E2E4576656E743A32AC5BE3E3");

        Assert.That(EventFile.MaskedChecksum(captured.AsSpan(0, 8)), Is.EqualTo(BinaryPrimitives.ReadUInt32LittleEndian(captured.AsSpan(8))));
        Assert.That(EventFile.MaskedChecksum(captured.AsSpan(12, 24)), Is.EqualTo(BinaryPrimitives.ReadUInt32LittleEndian(captured.AsSpan(36))));
    }

    [Test]
    public void Scalars_read_back_through_TensorBoards_own_message_types()
    {
        using var folder = new TemporaryFolder();
        using (var file = new EventFile(folder.Path, firstStep: 301))
        {
            file.Write(301, ("loss", 0.25), ("learning_rate", 1e-3));
            file.Write(70_000_000_000, ("loss", double.NaN));
            file.Write(70_000_000_001, ("loss", 0));
        }

        var events = Events(folder);

        Assert.That(events, Has.Count.EqualTo(5));
        Assert.That(events[0].FileVersion, Is.EqualTo("brain.Event:2"));
        Assert.That((events[1].SessionLog.Status, events[1].Step), Is.EqualTo((SessionLog.Types.SessionStatus.Start, 301L)));
        Assert.That(events[2].Summary.Value.Select(value => (value.Tag, value.SimpleValue)),
            Is.EqualTo(new[] { ("loss", 0.25f), ("learning_rate", 1e-3f) }));
        Assert.That(events[3].Step, Is.EqualTo(70_000_000_000));
        Assert.That(events[3].Summary.Value.Single().SimpleValue, Is.NaN);
        Assert.That((events[4].Summary.Value.Single().ValueCase, events[4].Summary.Value.Single().SimpleValue), Is.EqualTo((Summary.Types.Value.ValueOneofCase.SimpleValue, 0f)), "a zero is there, not left out");
        Assert.That(events.Select(item => item.WallTime), Is.Ordered.And.All.GreaterThan(1.7e9));
    }

    private static List<Event> Events(TemporaryFolder folder)
    {
        var bytes = File.ReadAllBytes(Directory.GetFiles(folder.Path).Single());
        var events = new List<Event>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            var payload = bytes.AsSpan(at + 12, length).ToArray();
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)), Is.EqualTo(EventFile.MaskedChecksum(bytes.AsSpan(at, 8))));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)), Is.EqualTo(EventFile.MaskedChecksum(payload)));
            events.Add(Event.Parser.ParseFrom(payload));
            at += 16 + length;
        }

        return events;
    }
}
