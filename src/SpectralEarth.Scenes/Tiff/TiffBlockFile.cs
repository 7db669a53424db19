using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;
using StandardTag = BitMiracle.LibTiff.Classic.TiffTag;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>A TIFF that is being written through LibTiff.NET, some rows of blocks at a time.</summary>
/// <typeparam name="T">byte, short, ushort, uint or float.</typeparam>
internal sealed class TiffBlockFile<T> : IDisposable where T : unmanaged
{
    /// <summary>Rows asked for at once where strips are narrower, so that suppliers can work on several in parallel.</summary>
    private const int RowsAtOnce = 64;

    private readonly GeoTiffTags tags;
    private readonly TiffEncoding encoding;
    private readonly int bands;
    private readonly WriteStream target;
    private readonly LibTiff tiff;

    internal TiffBlockFile(Stream stream, GeoTiffTags tags, int bands, TiffEncoding encoding)
    {
        (this.tags, this.encoding, this.bands) = (tags, encoding, bands);
        target = new WriteStream();
        LibTiffMessages.Clear();
        tiff = LibTiff.ClientOpen("raster", "wl", stream, target) ?? throw Failed();
        (Width, Height) = (tags.Grid.Width, tags.Grid.Height);
        SetLayout();
        tags.Set(tiff);
    }

    /// <summary>Columns of the image or overview that is being written.</summary>
    private int Width { get; set; }

    /// <summary>Rows of the image or overview that is being written.</summary>
    private int Height { get; set; }

    /// <summary>Samples of a pixel that lie together.</summary>
    private int PixelSamples => encoding.IsPlanar ? 1 : bands;

    private int Planes => encoding.IsPlanar ? bands : 1;

    /// <summary>Asks for all rows in order and writes them.</summary>
    /// <param name="fill">Supplies the rows.</param>
    /// <param name="overviews">Reduced copies to write behind a class map, or null.</param>
    internal void WriteAll(FillRows<T> fill, ClassOverviews? overviews = null)
    {
        var step = encoding.BlockRows * Math.Max(1, RowsAtOnce / encoding.BlockRows);
        var samples = new T[(long)Math.Min(step, Height) * Width * bands];
        for (var row = 0; row < Height; row += step)
        {
            var rows = Math.Min(step, Height - row);
            var part = samples.AsSpan(0, rows * Width * bands);
            fill(row, rows, part);
            overviews?.Add(row, rows, MemoryMarshal.AsBytes(part));
            for (var plane = 0; plane < Planes; plane++)
                WritePlane(plane, row, rows, part.Slice(plane * rows * Width, rows * Width * PixelSamples));
        }

        EndImage();
        foreach (var level in overviews?.Levels() ?? [])
            WriteOverview(level);
    }

    /// <inheritdoc/>
    public void Dispose() => tiff.Dispose();

    /// <summary>An image of its own that is marked as a reduced copy of the first (TIFF 6.0, NewSubfileType).</summary>
    private void WriteOverview(ClassOverviews.Level level)
    {
        (Width, Height) = (level.Width, level.Height);
        tiff.SetField(StandardTag.SUBFILETYPE, FileType.REDUCEDIMAGE);
        SetLayout();
        tags.SetColors(tiff);
        WritePlane(0, 0, Height, MemoryMarshal.Cast<byte, T>(level.Codes));
        EndImage();
    }

    private void EndImage()
    {
        if (!tiff.WriteDirectory())
            throw Failed();
    }

    private void WritePlane(int plane, int firstRow, int rows, ReadOnlySpan<T> samples)
    {
        var rowSamples = Width * PixelSamples;
        for (var row = 0; row < rows; row += encoding.BlockRows)
        {
            var height = Math.Min(encoding.BlockRows, rows - row);
            var block = samples.Slice(row * rowSamples, height * rowSamples);
            if (encoding.TileSize is { } side)
                WriteTiles(plane, firstRow + row, side, block);
            else
                WriteStrip(plane, firstRow + row, block);
        }
    }

    private void WriteStrip(int plane, int row, ReadOnlySpan<T> samples)
    {
        var bytes = MemoryMarshal.AsBytes(samples).ToArray();
        if (tiff.WriteEncodedStrip(tiff.ComputeStrip(row, (short)plane), bytes, bytes.Length) < 0)
            throw Failed();
    }

    private void WriteTiles(int plane, int row, int side, ReadOnlySpan<T> samples)
    {
        var rowSamples = Width * PixelSamples;
        var tile = new T[side * side * PixelSamples];
        for (var column = 0; column < Width; column += side)
        {
            Array.Clear(tile);
            var width = Math.Min(side, Width - column) * PixelSamples;
            for (var i = 0; i < samples.Length / rowSamples; i++)
                samples.Slice((i * rowSamples) + (column * PixelSamples), width).CopyTo(tile.AsSpan(i * side * PixelSamples));
            var bytes = MemoryMarshal.AsBytes(tile.AsSpan()).ToArray();
            if (tiff.WriteEncodedTile(tiff.ComputeTile(column, row, 0, (short)plane), bytes, bytes.Length) < 0)
                throw Failed();
        }
    }

    private void SetLayout()
    {
        tiff.SetField(StandardTag.IMAGEWIDTH, Width);
        tiff.SetField(StandardTag.IMAGELENGTH, Height);
        tiff.SetField(StandardTag.SAMPLESPERPIXEL, bands);
        tiff.SetField(StandardTag.BITSPERSAMPLE, 8 * Unsafe.SizeOf<T>());
        tiff.SetField(StandardTag.SAMPLEFORMAT, Format);
        tiff.SetField(StandardTag.PHOTOMETRIC, Photometric.MINISBLACK);
        tiff.SetField(StandardTag.PLANARCONFIG, encoding.IsPlanar ? PlanarConfig.SEPARATE : PlanarConfig.CONTIG);
        tiff.SetField(StandardTag.COMPRESSION, (int)encoding.Compression);
        if (encoding.HasPredictor && encoding.Compression != TiffCompression.None)
            tiff.SetField(StandardTag.PREDICTOR, Predictor.HORIZONTAL);
        if (bands > 1)
            tiff.SetField(StandardTag.EXTRASAMPLES, bands - 1, new short[bands - 1]);
        if (encoding.TileSize is { } side)
        {
            tiff.SetField(StandardTag.TILEWIDTH, side);
            tiff.SetField(StandardTag.TILELENGTH, side);
        }
        else
        {
            tiff.SetField(StandardTag.ROWSPERSTRIP, encoding.RowsPerStrip);
        }
    }

    private static SampleFormat Format =>
        typeof(T) == typeof(float) ? SampleFormat.IEEEFP :
        typeof(T) == typeof(short) ? SampleFormat.INT :
        typeof(T) == typeof(byte) || typeof(T) == typeof(ushort) || typeof(T) == typeof(uint) ? SampleFormat.UINT :
        throw new NotSupportedException($"Samples of type {typeof(T).Name} are not written; use byte, short, ushort, uint or float.");

    private IOException Failed() => target.Failure ?? new IOException($"LibTiff.NET cannot write the raster: {LibTiffMessages.Last}.");

    /// <summary>Leaves the stream open for its owner and keeps the reason of a failed write, which LibTiff.NET swallows.</summary>
    private sealed class WriteStream : TiffStream
    {
        internal IOException? Failure { get; private set; }

        public override void Write(object clientData, byte[] buffer, int offset, int count)
        {
            try
            {
                base.Write(clientData, buffer, offset, count);
            }
            catch (IOException failure)
            {
                Failure = failure;
                throw;
            }
        }

        public override void Close(object clientData)
        {
        }
    }
}
