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
    public TiffCompression Compression { get; init; } = TiffCompression.None;

    /// <summary>True to store integers as differences along a row, which compresses images better.</summary>
    public bool HasPredictor { get; init; }

    /// <summary>Rows of a block.</summary>
    internal int BlockRows => TileSize ?? RowsPerStrip;
}
