using SpectralEarth.Randomness;
using SpectralEarth.Scenes;

namespace SpectralEarth.Tests.Scenes;

/// <summary>Damages files, and checks what reading them does.</summary>
internal static class Mutation
{
    /// <summary>Bytes that reading a small file may allocate.</summary>
    internal const long AllocationLimit = 64L << 20;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);

    /// <summary>Changes, cuts or doubles some bytes; often among the first and last, where directories are.</summary>
    internal static byte[] Of(byte[] original, long seed)
    {
        var random = new SeededRandom(seed, "mutation");
        var bytes = original.ToList();
        var changes = 1 + random.NextInt(4);
        for (var change = 0; change < changes && bytes.Count >= 30; change++)
        {
            var reach = random.NextInt(3) == 0 ? bytes.Count : Math.Min(400, bytes.Count);
            var position = random.NextInt(2) == 0 ? random.NextInt(reach) : bytes.Count - 1 - random.NextInt(reach);
            switch (random.NextInt(7))
            {
                case 0:
                    bytes.RemoveRange(position, Math.Min(bytes.Count - position, 1 + random.NextInt(20)));
                    break;
                case 1:
                    bytes.InsertRange(position, bytes.GetRange(position, Math.Min(bytes.Count - position, 1 + random.NextInt(20))));
                    break;
                case 2:
                    bytes[position] = (byte)(random.NextInt(2) == 0 ? 0 : 0xFF);
                    break;
                case 3:
                    for (var i = position; i < Math.Min(bytes.Count, position + 4); i++)
                        bytes[i] = 0xFF;
                    break;
                default:
                    bytes[position] = (byte)random.NextInt(256);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>
    /// Reads; 1 if that is refused. Any exception but <see cref="SceneException"/>, a hang and a large allocation fail the test.
    /// </summary>
    internal static int IsRefused(Action read, Func<string> name, long limit = AllocationLimit)
    {
        var before = GC.GetTotalAllocatedBytes();
        var reading = Task.Run(() =>
        {
            try
            {
                read();
                return 0;
            }
            catch (SceneException)
            {
                return 1;
            }
        });
        if (!((IAsyncResult)reading).AsyncWaitHandle.WaitOne(TimeLimit))
            Assert.Fail($"{name()}: reading takes more than {TimeLimit.TotalSeconds} s.");
        Assert.That(reading.Exception, Is.Null, name);
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(limit), name);
        return reading.Result;
    }
}
