using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using SpectralEarth.Scenes;
using ZstdSharp;

namespace SpectralEarth.Tests.Scenes;

/// <summary>
/// Writes TIFFs byte by byte from the specification, among them what LibTiff.NET does not write: BigTIFF, Zstd, bands
/// interleaved by line, and predictors in big-endian files.
/// </summary>
internal static class PlainTiff
{
    /// <summary>The one tag of text.</summary>
    private const ushort NoDataTag = 42113;

    /// <param name="path">File to write.</param>
    /// <param name="raster">Samples and arrangement.</param>
    /// <param name="isBig">True for BigTIFF.</param>
    /// <param name="compression">Compression of the blocks.</param>
    /// <param name="isByLine">True to store the blocks of all bands of a row of blocks side by side.</param>
    internal static void Write(string path, RandomRaster raster, bool isBig, TiffCompression compression, bool isByLine = false)
    {
        using var file = new BinaryWriter(File.Create(path));
        var numbers = new Numbers(raster.IsBigEndian);
        file.Write(raster.IsBigEndian ? "MM"u8 : "II"u8);
        file.Write(numbers.Bytes((ushort)(isBig ? 43 : 42)));
        if (isBig)
            file.Write(numbers.Bytes((ushort)8).Concat(numbers.Bytes((ushort)0)).ToArray());
        var link = file.BaseStream.Position;
        file.Write(new byte[isBig ? 8 : 4]);
        var (offsets, lengths) = WriteBlocks(file, raster, compression, isByLine, numbers);
        var fields = Fields(raster, compression, offsets, lengths);
        var directory = WriteDirectory(file, fields, isBig, numbers);
        file.BaseStream.Position = link;
        file.Write(isBig ? numbers.Bytes((ulong)directory) : numbers.Bytes((uint)directory));
    }

    private static (long[] Offsets, long[] Lengths) WriteBlocks(BinaryWriter file, RandomRaster raster, TiffCompression compression, bool isByLine, Numbers numbers)
    {
        var (width, height) = raster.IsTiled ? (raster.TileWidth, raster.TileHeight) : (raster.Width, raster.RowsPerStrip);
        var places = from plane in Enumerable.Range(0, raster.IsPlanar ? raster.Bands : 1)
                     from row in Steps(raster.Height, height)
                     from column in Steps(raster.Width, width)
                     select (plane, row, column);
        var inOrder = places.ToArray(); // of the tags, whatever the order in the file
        var stored = new Dictionary<(int, int, int), (long Offset, long Length)>();
        foreach (var (plane, row, column) in isByLine ? inOrder.OrderBy(place => place.row) : inOrder.AsEnumerable())
        {
            var rows = raster.IsTiled ? height : Math.Min(height, raster.Height - row);
            var block = raster.Block(plane, row, column, width, rows);
            var pixelSamples = raster.IsPlanar ? 1 : raster.Bands;
            if (raster.HasPredictor)
                Differences(block, width * pixelSamples * raster.SampleBytes, pixelSamples, raster.SampleBytes);
            numbers.Order(block, raster.SampleBytes);
            var packed = Pack(block, compression, width * pixelSamples * raster.SampleBytes);
            stored.Add((plane, row, column), (file.BaseStream.Position, packed.Length));
            file.Write(packed);
        }

        return ([.. inOrder.Select(place => stored[place].Offset)], [.. inOrder.Select(place => stored[place].Length)]);
    }

    private static IEnumerable<int> Steps(int end, int step) => Enumerable.Range(0, (end + step - 1) / step).Select(i => i * step);

    private static byte[] Pack(byte[] block, TiffCompression compression, int rowBytes) => compression switch
    {
        TiffCompression.Zstd => Zstd(block),
        TiffCompression.Deflate or TiffCompression.DeflateOld => Deflate(block),
        TiffCompression.Lzw => Lzw(block),
        TiffCompression.PackBits => [.. block.Chunk(rowBytes).SelectMany(PackBits)],
        _ => block,
    };

    private static byte[] Zstd(byte[] block)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(block).ToArray();
    }

    private static byte[] Deflate(byte[] block)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal))
            zlib.Write(block);
        return packed.ToArray();
    }

    /// <summary>Literals only, with a clear code before codes would need ten bits: valid, if not small.</summary>
    private static byte[] Lzw(byte[] block)
    {
        const int clear = 256, end = 257, codesBetween = 250;
        var bits = new List<bool>();
        void Put(int code)
        {
            for (var bit = 8; bit >= 0; bit--)
                bits.Add((code >> bit & 1) != 0);
        }

        for (var i = 0; i < block.Length; i++)
        {
            if (i % codesBetween == 0)
                Put(clear);
            Put(block[i]);
        }

        Put(end);
        return [.. bits.Chunk(8).Select(eight => (byte)eight.Select((bit, i) => bit ? 0x80 >> i : 0).Sum())];
    }

    /// <summary>Runs of equal bytes as (257 - length, byte), others as (length - 1, bytes) (TIFF 6.0, section 9).</summary>
    private static byte[] PackBits(byte[] row)
    {
        var packed = new List<byte>();
        for (var at = 0; at < row.Length;)
        {
            var run = row.Skip(at).Take(128).TakeWhile(value => value == row[at]).Count();
            packed.Add((byte)(run > 1 ? 257 - run : 0));
            packed.Add(row[at]);
            at += run;
        }

        return [.. packed];
    }

    private static (ushort Tag, long[] Values)[] Fields(RandomRaster raster, TiffCompression compression, long[] offsets, long[] lengths) =>
    [
        (256, [raster.Width]),
        (257, [raster.Height]),
        (258, Enumerable.Repeat(8L * raster.SampleBytes, raster.Bands).ToArray()),
        (259, [(int)compression]),
        .. raster.IsTiled ? Array.Empty<(ushort, long[])>() : [(273, offsets)],
        (277, [raster.Bands]),
        .. raster.IsTiled ? Array.Empty<(ushort, long[])>() : [(278, [raster.RowsPerStrip]), (279, lengths)],
        (284, [raster.IsPlanar ? 2 : 1]),
        (317, [raster.HasPredictor ? 2 : 1]),
        .. raster.IsTiled ? [(322, [raster.TileWidth]), (323, [raster.TileHeight]), (324, offsets), (325, lengths)] : Array.Empty<(ushort, long[])>(),
        (339, Enumerable.Repeat((long)raster.Format, raster.Bands).ToArray()),
        .. raster.NoData is { } noData ? [(NoDataTag, [.. noData.Select(sign => (long)sign), 0])] : Array.Empty<(ushort, long[])>(),
    ];

    private static long WriteDirectory(BinaryWriter file, (ushort Tag, long[] Values)[] fields, bool isBig, Numbers numbers)
    {
        var values = fields.Select(field => field.Values.SelectMany(value =>
            field.Tag == NoDataTag ? [(byte)value] : isBig ? numbers.Bytes((ulong)value) : numbers.Bytes((uint)value)).ToArray()).ToArray();
        var inline = isBig ? 8 : 4;
        var places = new long[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            places[i] = file.BaseStream.Position;
            if (values[i].Length > inline)
                file.Write(values[i]);
        }

        var start = file.BaseStream.Position;
        file.Write(isBig ? numbers.Bytes((ulong)fields.Length) : numbers.Bytes((ushort)fields.Length));
        for (var i = 0; i < fields.Length; i++)
        {
            file.Write(numbers.Bytes(fields[i].Tag));
            file.Write(numbers.Bytes((ushort)(fields[i].Tag == NoDataTag ? 2 : isBig ? 16 : 4)));
            file.Write(isBig ? numbers.Bytes((ulong)fields[i].Values.Length) : numbers.Bytes((uint)fields[i].Values.Length));
            file.Write(values[i].Length <= inline ? [.. values[i], .. new byte[inline - values[i].Length]] : isBig ? numbers.Bytes((ulong)places[i]) : numbers.Bytes((uint)places[i]));
        }

        file.Write(new byte[inline]);
        return start;
    }

    private static void Differences(byte[] block, int rowBytes, int stride, int sampleBytes)
    {
        for (var row = 0; row < block.Length; row += rowBytes)
        {
            var bytes = block.AsSpan(row, rowBytes);
            if (sampleBytes == 1)
                Differences(bytes, stride);
            else if (sampleBytes == 2)
                Differences(MemoryMarshal.Cast<byte, short>(bytes), stride);
            else if (sampleBytes == 4)
                Differences(MemoryMarshal.Cast<byte, int>(bytes), stride);
            else
                Differences(MemoryMarshal.Cast<byte, long>(bytes), stride);
        }
    }

    private static void Differences<T>(Span<T> row, int stride) where T : IBinaryInteger<T>
    {
        for (var i = row.Length - 1; i >= stride; i--)
            row[i] -= row[i - stride];
    }

    private sealed class Numbers(bool isBigEndian)
    {
        internal byte[] Bytes(ushort value) => Ordered(BitConverter.GetBytes(value));

        internal byte[] Bytes(uint value) => Ordered(BitConverter.GetBytes(value));

        internal byte[] Bytes(ulong value) => Ordered(BitConverter.GetBytes(value));

        internal void Order(byte[] samples, int sampleBytes)
        {
            for (var i = 0; isBigEndian && i < samples.Length; i += sampleBytes)
                samples.AsSpan(i, sampleBytes).Reverse();
        }

        private byte[] Ordered(byte[] bytes)
        {
            if (isBigEndian)
                Array.Reverse(bytes);
            return bytes;
        }
    }
}
