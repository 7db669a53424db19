using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>How the samples of a written GeoTIFF are arranged and compressed.</summary>
public sealed record TiffEncoding
{
    /// <summary>Side of a tile, a multiple of 16; null for strips.</summary>
    public int? TileSize { get; init; }

    /// <summary>Rows of a strip, if there are strips.</summary>
    public int RowsPerStrip { get; init; } = 1;

    /// <summary>True if each band has blocks of its own: then rows are given as [C, H, W], else as [H, W, C].</summary>
    public bool IsPlanar { get; init; }

    /// <summary>None, Deflate or Lzw.</summary>
    public ImageCompression Compression { get; init; }

    /// <summary>True to store integers as differences along a row, which compresses images better.</summary>
    public bool HasPredictor { get; init; }

    /// <summary>Rows of a block.</summary>
    internal int BlockRows => TileSize ?? RowsPerStrip;

    /// <summary>The TIFF code of the compression.</summary>
    internal TiffCompression TiffCompression => Compression switch
    {
        ImageCompression.Deflate => TiffCompression.Deflate,
        ImageCompression.Lzw => TiffCompression.Lzw,
        _ => TiffCompression.None,
    };
}

/// <summary>Compressions of written GeoTIFFs.</summary>
public enum ImageCompression
{
    /// <summary>Samples as they are.</summary>
    None,
    /// <summary>zlib.</summary>
    Deflate,
    /// <summary>Lempel, Ziv and Welch.</summary>
    Lzw,
}
