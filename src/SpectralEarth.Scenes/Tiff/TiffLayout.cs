using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Kind of one sample.</summary>
internal enum SampleKind
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Float32,
    Int64,
    UInt64,
    Float64,
}

/// <summary>A block of samples that is decoded in one piece.</summary>
/// <param name="Plane">0-based band of a planar file, 0 of a pixel-interleaved one.</param>
/// <param name="FirstRow">Row of the raster at which the block starts.</param>
/// <param name="FirstColumn">Column of the raster at which the block starts.</param>
/// <param name="Rows">Rows that hold samples of the raster.</param>
/// <param name="Offset">Position in the file; 0 together with length 0 means that the block was never written.</param>
/// <param name="Length">Bytes in the file.</param>
internal readonly record struct TiffBlock(int Plane, int FirstRow, int FirstColumn, int Rows, long Offset, long Length)
{
    /// <summary>True for a block that the writer left out (GDAL's SPARSE_OK): all no-data.</summary>
    internal bool IsSparse => Offset == 0 && Length == 0;
}

/// <summary>
/// How the samples of a TIFF are arranged: strips or tiles, interleaved by pixel or by band. All sizes are checked
/// here, so that whoever decodes a block may trust them.
/// </summary>
internal sealed class TiffLayout
{
    /// <summary>Largest block that is decoded in one piece, bytes.</summary>
    private const long MaximumBlockBytes = 512L << 20;

    /// <summary>Uncompressed strips are read in pieces of about this size, bytes.</summary>
    private const long PieceBytes = 4L << 20;

    private const int MaximumSide = 1 << 20;
    private const int MaximumBands = 4096;

    private readonly long[] offsets;
    private readonly long[] lengths;
    private readonly int storedRows;
    private readonly int blocksAcross;
    private readonly int blocksDown;

    internal TiffLayout(ByteSource source, TiffDirectory directory)
    {
        var read = new TiffLayoutFields(source, directory);
        Width = (int)read.Positive(TiffTag.ImageWidth, MaximumSide);
        Height = (int)read.Positive(TiffTag.ImageLength, MaximumSide);
        Bands = (int)read.Positive(TiffTag.SamplesPerPixel, MaximumBands, fallback: 1);
        Kind = read.Kind(Bands);
        IsPlanar = read.IsPlanar() && Bands > 1;
        Compression = read.Compression();
        HasPredictor = read.HasPredictor();
        IsBigEndian = directory.IsBigEndian;
        IsTiled = directory.Has(TiffTag.TileWidth) || directory.Has(TiffTag.TileOffsets);
        BlockWidth = IsTiled ? (int)read.Positive(TiffTag.TileWidth, MaximumSide) : Width;
        storedRows = IsTiled
            ? (int)read.Positive(TiffTag.TileLength, MaximumSide)
            : (int)Math.Min(Height, read.Positive(TiffTag.RowsPerStrip, uint.MaxValue, fallback: uint.MaxValue));
        RowBytes = (long)BlockWidth * SamplesPerPixel * SampleBytes;
        HasBits = read.Bits(Bands) == 1;
        StoredRowBytes = HasBits ? (RowBytes + 7) / 8 : RowBytes;
        var isSplit = !IsTiled && Compression == TiffCompression.None && storedRows * RowBytes > PieceBytes;
        BlockHeight = isSplit ? (int)Math.Max(1, PieceBytes / RowBytes) : storedRows;
        if (BlockHeight * RowBytes > MaximumBlockBytes)
        {
            throw source.Error(
                $"one block has {BlockHeight * RowBytes} bytes of samples; the limit is {MaximumBlockBytes}. " +
                "Write the raster with smaller blocks: gdal_translate -co TILED=YES.");
        }

        blocksAcross = (Width + BlockWidth - 1) / BlockWidth;
        blocksDown = (Height + storedRows - 1) / storedRows;
        (offsets, lengths) = read.Blocks(IsTiled, (long)blocksAcross * blocksDown * (IsPlanar ? Bands : 1), StoredBytes);
    }

    /// <summary>Columns of the raster.</summary>
    internal int Width { get; }

    /// <summary>Rows of the raster.</summary>
    internal int Height { get; }

    /// <summary>Bands of the raster.</summary>
    internal int Bands { get; }

    /// <summary>Kind of a sample.</summary>
    internal SampleKind Kind { get; }

    /// <summary>True if each band has blocks of its own.</summary>
    internal bool IsPlanar { get; }

    /// <summary>True for tiles, false for strips.</summary>
    internal bool IsTiled { get; }

    /// <summary>True if samples of several bytes are stored most significant byte first.</summary>
    internal bool IsBigEndian { get; }

    /// <summary>Compression of the blocks.</summary>
    internal TiffCompression Compression { get; }

    /// <summary>True if samples are stored as differences along a row (TIFF 6.0, section 14).</summary>
    internal bool HasPredictor { get; }

    /// <summary>Columns of a block.</summary>
    internal int BlockWidth { get; }

    /// <summary>Rows of a full block.</summary>
    internal int BlockHeight { get; }

    /// <summary>Bytes of one row of a block.</summary>
    internal long RowBytes { get; }

    /// <summary>True if the samples, bytes of 0 and 1, are stored as single bits, the first one highest (TIFF 6.0, section 3).</summary>
    internal bool HasBits { get; }

    /// <summary>Bytes of one row of a block before bits become bytes.</summary>
    internal long StoredRowBytes { get; }

    /// <summary>Bytes of a sample.</summary>
    internal int SampleBytes => Kind switch { SampleKind.UInt8 or SampleKind.Int8 => 1, SampleKind.UInt16 or SampleKind.Int16 => 2, SampleKind.UInt32 or SampleKind.Int32 or SampleKind.Float32 => 4, _ => 8 };

    /// <summary>Samples that lie together for one pixel of a block.</summary>
    internal int SamplesPerPixel => IsPlanar ? 1 : Bands;

    /// <summary>Bytes of a decoded block.</summary>
    internal int BlockBytes => (int)(BlockHeight * RowBytes);

    /// <summary>Blocks that hold the samples of a row of the raster.</summary>
    internal int BlocksInRow => blocksAcross * (IsPlanar ? Bands : 1);

    /// <summary>The block of a band (0-based) that holds a pixel.</summary>
    internal TiffBlock BlockAt(int band, int row, int column)
    {
        var plane = IsPlanar ? band : 0;
        var (down, across) = (row / storedRows, column / BlockWidth);
        var stored = (((long)plane * blocksDown) + down) * blocksAcross + across;
        var (offset, length) = (offsets[stored], lengths[stored]);
        var stripRow = down * storedRows;
        var firstRow = stripRow + ((row - stripRow) / BlockHeight * BlockHeight);
        var rows = Math.Min(BlockHeight, Math.Min(stripRow + storedRows, Height) - firstRow);
        if (BlockHeight < storedRows && length > 0)
            (offset, length) = (offset + ((firstRow - stripRow) * StoredRowBytes), rows * StoredRowBytes);
        return new TiffBlock(plane, firstRow, across * BlockWidth, rows, offset, length);
    }

    /// <summary>Bytes that stored block <paramref name="index"/> must decode to.</summary>
    private long StoredBytes(long index)
    {
        var down = index / blocksAcross % blocksDown;
        var rows = IsTiled ? storedRows : Math.Min(storedRows, Height - (down * storedRows));
        return rows * StoredRowBytes;
    }
}
