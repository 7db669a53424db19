namespace SpectralEarth.Scenes;

/// <summary>Compressions of TIFF files that can be read; the values are those of the Compression tag.</summary>
public enum TiffCompression
{
    /// <summary>Samples as they are.</summary>
    None = 1,
    /// <summary>Lempel, Ziv and Welch.</summary>
    Lzw = 5,
    /// <summary>zlib.</summary>
    Deflate = 8,
    /// <summary>zlib under the number that it had before.</summary>
    DeflateOld = 32946,
    /// <summary>Runs of equal bytes.</summary>
    PackBits = 32773,
    /// <summary>Zstandard.</summary>
    Zstd = 50000,
}
