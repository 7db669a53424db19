using System.Runtime.InteropServices;
using SpectralEarth.Distribution;

namespace SpectralEarth.Tests.Training;

/// <summary>Rank 0 that notes what it is given to sum.</summary>
internal sealed class RecordingRanks : IRankGroup
{
    public List<(nint Start, float[] Values)> Begun { get; } = [];

    /// <summary>Whether a second rank, if there is one, answers every question as this one or the other way.</summary>
    public bool Alike { get; init; } = true;

    public RecordingDevice? Device { get; private set; }
    public int Rank => 0;
    public int Size { get; init; } = 1;
    public int LocalRank => 0;
    public int LocalSize => Size;

    public IPendingSum BeginSum(Span<float> values)
    {
        Begun.Add((Address(values), values.ToArray()));
        return new SingleRank().BeginSum(values);
    }

    public IDeviceRanks OnDevice(int device) => Device = new RecordingDevice(device);

    public void Barrier()
    {
    }

    public void Broadcast(Span<byte> bytes, int root = 0)
    {
    }

    public void Sum(Span<float> values)
    {
    }

    public void Sum(Span<double> values)
    {
    }

    public void Sum(Span<long> values) => values[0] += Alike ? values[0] : 1 - values[0];

    public void Abandon()
    {
    }

    public void Dispose()
    {
    }

    private static unsafe nint Address(Span<float> values)
    {
        fixed (float* start = values)
            return (nint)start;
    }

    /// <summary>Ranks on GPUs whose memory is the processor's: another rank has the same numbers, or zeros to broadcast.</summary>
    public sealed class RecordingDevice(int number) : IDeviceRanks
    {
        public int Number => number;
        public List<(nint Start, float[] Values)> Begun { get; } = [];

        public IPendingSum BeginSum(nint start, long count, DeviceNumber number)
        {
            Assert.That(number, Is.EqualTo(DeviceNumber.FourBytes));
            Begun.Add((start, At<float>(start, count).ToArray()));
            return new SingleRank().BeginSum([]);
        }

        public void Sum(nint start, long count, DeviceNumber number)
        {
            if (number == DeviceNumber.FourBytes)
                Double(At<float>(start, count));
            else
                Double(At<double>(start, count));
        }

        public void Broadcast(nint start, long bytes, int root)
        {
            Assert.That(root, Is.EqualTo(1));
            At<byte>(start, bytes).Clear();
        }

        private static void Double<T>(Span<T> values)
            where T : System.Numerics.INumber<T>
        {
            foreach (ref var value in values)
                value += value;
        }

        private static unsafe Span<T> At<T>(nint start, long count) => MemoryMarshal.CreateSpan(ref System.Runtime.CompilerServices.Unsafe.AsRef<T>((void*)start), checked((int)count));
    }
}
