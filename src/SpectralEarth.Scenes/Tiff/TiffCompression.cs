namespace SpectralEarth.Scenes.Tiff;

/// <summary>Compressions that can be read; the values are those of the Compression tag.</summary>
internal enum TiffCompression
{
    None = 1,
    Lzw = 5,
    Deflate = 8,
    DeflateOld = 32946,
    PackBits = 32773,
    Zstd = 50000,
}
