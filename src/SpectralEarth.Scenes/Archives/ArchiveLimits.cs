namespace SpectralEarth.Scenes.Archives;

/// <summary>What an archive may hold; products lie far below. Whatever goes beyond is refused before it costs time or memory.</summary>
internal static class ArchiveLimits
{
    /// <summary>Files in one archive.</summary>
    internal const int Entries = 100_000;

    /// <summary>Bytes of a zip's directory.</summary>
    internal const long DirectoryBytes = 64L << 20;

    /// <summary>Archives inside archives: an order archive holds a zip for each product.</summary>
    internal const int Depth = 2;

    /// <summary>Bytes that may be unpacked whatever their ratio. The largest layer that compresses without end, PIXELMASK, has 400 MB.</summary>
    internal const long FreeBytes = 1L << 30;

    /// <summary>Unpacked bytes for each packed one, beyond <see cref="FreeBytes"/>. Scenes reach 5.</summary>
    internal const long Ratio = 100;

    /// <summary>Largest ratio that Deflate can reach (zlib manual, "Maximum Expansion Factor").</summary>
    internal const long DeflateRatio = 1032;

    /// <summary>Places at which unpacking can start again, for each file; they take 32 KiB each.</summary>
    internal const int Points = 4096;

    /// <summary>True if so many packed bytes may become so many.</summary>
    internal static bool Allow(long packed, long unpacked) => unpacked <= FreeBytes || unpacked / Ratio <= packed;
}
