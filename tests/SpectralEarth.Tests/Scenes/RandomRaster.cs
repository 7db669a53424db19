using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;
using SpectralEarth.Randomness;

namespace SpectralEarth.Tests.Scenes;

/// <summary>A raster of random size, values and file arrangement, with its samples [H, W, C] as the truth.</summary>
internal sealed class RandomRaster
{
    internal RandomRaster(long seed)
    {
        var random = new SeededRandom(seed, "raster");
        (Width, Height, Bands) = (1 + random.NextInt(70), 1 + random.NextInt(60), 1 + random.NextInt(40));
        SampleBytes = 1 << random.NextInt(3);
        Format = SampleBytes == 1 ? SampleFormat.UINT : SampleFormat.INT;
        IsTiled = random.NextInt(2) == 0;
        IsPlanar = random.NextInt(2) == 0;
        IsBigEndian = random.NextInt(2) == 0;
        HasPredictor = random.NextInt(2) == 0;
        RowsPerStrip = 1 + random.NextInt(Height);
        (TileWidth, TileHeight) = (16 * (1 + random.NextInt(3)), 16 * (1 + random.NextInt(3)));
        Compression = new[] { Compression.NONE, Compression.LZW, Compression.ADOBE_DEFLATE, Compression.DEFLATE, Compression.PACKBITS }[random.NextInt(5)];
        Samples = new byte[Width * Height * Bands * SampleBytes];
        var isSmooth = random.NextInt(2) == 0;
        for (var i = 0; i < Samples.Length; i++)
            Samples[i] = isSmooth ? (byte)(i / 50) : (byte)random.NextInt(256);
    }

    /// <summary>A band of these samples, [H, W], in an arrangement that depends on the number alone.</summary>
    internal static RandomRaster Of<T>(int arrangement, int width, T[] samples, string? noData = null) where T : unmanaged => new(arrangement)
    {
        Width = width,
        Height = samples.Length / width,
        Bands = 1,
        SampleBytes = Unsafe.SizeOf<T>(),
        Format = typeof(T) == typeof(float) || typeof(T) == typeof(double) ? SampleFormat.IEEEFP : typeof(T) == typeof(uint) || typeof(T) == typeof(ulong) ? SampleFormat.UINT : SampleFormat.INT,
        Samples = MemoryMarshal.AsBytes(samples.AsSpan()).ToArray(),
        RowsPerStrip = 2,
        IsTiled = (arrangement & 1) != 0,
        IsBigEndian = (arrangement & 2) != 0,
        HasPredictor = (arrangement & 4) != 0,
        NoData = noData,
    };

    internal int Width { get; private init; }

    internal int Height { get; private init; }

    internal int Bands { get; private init; }

    internal int SampleBytes { get; private init; }

    internal SampleFormat Format { get; private init; }

    /// <summary>Text of GDAL's no-data tag; null for none.</summary>
    internal string? NoData { get; private init; }

    internal bool IsTiled { get; init; }

    internal bool IsPlanar { get; init; }

    internal bool IsBigEndian { get; init; }

    internal bool HasPredictor { get; init; }

    internal int RowsPerStrip { get; private init; }

    internal int TileWidth { get; }

    internal int TileHeight { get; }

    internal Compression Compression { get; init; }

    /// <summary>Samples in the machine's byte order, [H, W, C].</summary>
    internal byte[] Samples { get; private init; }

    public override string ToString() =>
        $"{Width} x {Height} x {Bands}, {8 * SampleBytes} bit, {(IsTiled ? $"tiles {TileWidth} x {TileHeight}" : $"strips of {RowsPerStrip}")}, " +
        $"{(IsPlanar ? "planar" : "chunky")}, {Compression}, predictor {HasPredictor}, {(IsBigEndian ? "big" : "little")} endian";

    /// <summary>The value of a sample, or <paramref name="outside"/> beyond the edges.</summary>
    internal long At(int band, int row, int column, long outside = 0)
    {
        if (row < 0 || column < 0 || row >= Height || column >= Width)
            return outside;
        var bytes = Samples.AsSpan(((((row * Width) + column) * Bands) + band) * SampleBytes);
        return SampleBytes switch { 1 => bytes[0], 2 => MemoryMarshal.Read<short>(bytes), _ => MemoryMarshal.Read<int>(bytes) };
    }

    /// <summary>The samples of a block, [H, W, C] or one plane [H, W], padded with zeros.</summary>
    internal byte[] Block(int plane, int row, int column, int width, int height)
    {
        var bands = IsPlanar ? 1 : Bands;
        var block = new byte[width * height * bands * SampleBytes];
        for (var y = 0; y < Math.Min(height, Height - row); y++)
        {
            for (var x = 0; x < Math.Min(width, Width - column); x++)
            {
                var from = ((((row + y) * Width) + column + x) * Bands) + plane;
                Samples.AsSpan(from * SampleBytes, bands * SampleBytes).CopyTo(block.AsSpan(((y * width) + x) * bands * SampleBytes));
            }
        }

        return block;
    }

    /// <summary>Writes the raster through LibTiff.NET.</summary>
    internal void WriteThroughLibTiff(string path)
    {
        using var tiff = Tiff.Open(path, IsBigEndian ? "wb" : "wl");
        tiff.SetField(TiffTag.IMAGEWIDTH, Width);
        tiff.SetField(TiffTag.IMAGELENGTH, Height);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, Bands);
        tiff.SetField(TiffTag.BITSPERSAMPLE, 8 * SampleBytes);
        tiff.SetField(TiffTag.SAMPLEFORMAT, Format);
        tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.MINISBLACK);
        tiff.SetField(TiffTag.PLANARCONFIG, IsPlanar ? PlanarConfig.SEPARATE : PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.COMPRESSION, Compression);
        // LibTiff.NET takes differences of swapped samples in big-endian files, against TIFF 6.0: GdalTests cover that form.
        if (HasPredictor && !IsBigEndian && Compression is not (Compression.NONE or Compression.PACKBITS))
            tiff.SetField(TiffTag.PREDICTOR, Predictor.HORIZONTAL);

        if (IsTiled)
        {
            tiff.SetField(TiffTag.TILEWIDTH, TileWidth);
            tiff.SetField(TiffTag.TILELENGTH, TileHeight);
        }
        else
        {
            tiff.SetField(TiffTag.ROWSPERSTRIP, RowsPerStrip);
        }

        for (var plane = 0; plane < (IsPlanar ? Bands : 1); plane++)
            WritePlane(tiff, plane);
    }

    private void WritePlane(Tiff tiff, int plane)
    {
        var (width, height) = IsTiled ? (TileWidth, TileHeight) : (Width, RowsPerStrip);
        for (var row = 0; row < Height; row += height)
        {
            for (var column = 0; column < Width; column += width)
            {
                var rows = IsTiled ? height : Math.Min(height, Height - row);
                var block = Block(plane, row, column, width, rows);
                var written = IsTiled
                    ? tiff.WriteEncodedTile(tiff.ComputeTile(column, row, 0, (short)plane), block, block.Length)
                    : tiff.WriteEncodedStrip(tiff.ComputeStrip(row, (short)plane), block, block.Length);
                Assert.That(written, Is.GreaterThan(0), ToString());
            }
        }
    }
}
