using System.Collections.Concurrent;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>
/// Memory for strips of pixels, used again from strip to strip and from scene to scene: new memory costs more than the
/// pixels that are read into it, since the system hands it out page by page. Safe to use from several threads.
/// </summary>
internal sealed class StripBuffers
{
    private readonly ConcurrentBag<short[]> spare = [];

    /// <summary>An array of at least <paramref name="samples"/> elements of any content.</summary>
    public short[] Take(int samples)
    {
        // A buffer that is too small is dropped: the next scenes are likely to be as large as this one.
        while (spare.TryTake(out var buffer))
            if (buffer.Length >= samples)
                return buffer;
        return FreshMemory.Array<short>(samples);
    }

    /// <summary>Gives an array back.</summary>
    public void Give(short[] buffer) => spare.Add(buffer);
}
