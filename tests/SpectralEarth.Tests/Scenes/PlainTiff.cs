using System.Numerics;
using System.Runtime.InteropServices;
using ZstdSharp;

namespace SpectralEarth.Tests.Scenes;

/// <summary>Writes what LibTiff.NET does not: BigTIFF and Zstd, byte by byte from the specification.</summary>
internal static class PlainTiff
{
    internal static void Write(string path, RandomRaster raster, bool isBig, bool isZstd)
    {
        using var file = new BinaryWriter(File.Create(path));
        var numbers = new Numbers(raster.IsBigEndian);
        file.Write(raster.IsBigEndian ? "MM"u8 : "II"u8);
        file.Write(numbers.Bytes((ushort)(isBig ? 43 : 42)));
        if (isBig)
            file.Write(numbers.Bytes((ushort)8).Concat(numbers.Bytes((ushort)0)).ToArray());
        var link = file.BaseStream.Position;
        file.Write(new byte[isBig ? 8 : 4]);
        var (offsets, lengths) = WriteBlocks(file, raster, isZstd, numbers);
        var fields = Fields(raster, isZstd, offsets, lengths);
        var directory = WriteDirectory(file, fields, isBig, numbers);
        file.BaseStream.Position = link;
        file.Write(isBig ? numbers.Bytes((ulong)directory) : numbers.Bytes((uint)directory));
    }

    private static (long[] Offsets, long[] Lengths) WriteBlocks(BinaryWriter file, RandomRaster raster, bool isZstd, Numbers numbers)
    {
        var (width, height) = raster.IsTiled ? (raster.TileWidth, raster.TileHeight) : (raster.Width, raster.RowsPerStrip);
        var (offsets, lengths) = (new List<long>(), new List<long>());
        using var compressor = new Compressor();
        for (var plane = 0; plane < (raster.IsPlanar ? raster.Bands : 1); plane++)
        {
            for (var row = 0; row < raster.Height; row += height)
            {
                for (var column = 0; column < raster.Width; column += width)
                {
                    var rows = raster.IsTiled ? height : Math.Min(height, raster.Height - row);
                    var block = raster.Block(plane, row, column, width, rows);
                    var pixelSamples = raster.IsPlanar ? 1 : raster.Bands;
                    if (raster.HasPredictor)
                        Differences(block, width * pixelSamples * raster.SampleBytes, pixelSamples, raster.SampleBytes);
                    numbers.Order(block, raster.SampleBytes);
                    var stored = isZstd ? compressor.Wrap(block).ToArray() : block;
                    offsets.Add(file.BaseStream.Position);
                    lengths.Add(stored.Length);
                    file.Write(stored);
                }
            }
        }

        return ([.. offsets], [.. lengths]);
    }

    private static (ushort Tag, long[] Values)[] Fields(RandomRaster raster, bool isZstd, long[] offsets, long[] lengths) =>
    [
        (256, [raster.Width]),
        (257, [raster.Height]),
        (258, Enumerable.Repeat(8L * raster.SampleBytes, raster.Bands).ToArray()),
        (259, [isZstd ? 50000 : 1]),
        .. raster.IsTiled ? Array.Empty<(ushort, long[])>() : [(273, offsets)],
        (277, [raster.Bands]),
        .. raster.IsTiled ? Array.Empty<(ushort, long[])>() : [(278, [raster.RowsPerStrip]), (279, lengths)],
        (284, [raster.IsPlanar ? 2 : 1]),
        (317, [raster.HasPredictor ? 2 : 1]),
        .. raster.IsTiled ? [(322, [raster.TileWidth]), (323, [raster.TileHeight]), (324, offsets), (325, lengths)] : Array.Empty<(ushort, long[])>(),
        (339, Enumerable.Repeat(raster.SampleBytes == 1 ? 1L : 2L, raster.Bands).ToArray()),
    ];

    private static long WriteDirectory(BinaryWriter file, (ushort Tag, long[] Values)[] fields, bool isBig, Numbers numbers)
    {
        var values = fields.Select(field => field.Values.SelectMany(value =>
            isBig ? numbers.Bytes((ulong)value) : numbers.Bytes((uint)value)).ToArray()).ToArray();
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
            file.Write(numbers.Bytes((ushort)(isBig ? 16 : 4)));
            file.Write(isBig ? numbers.Bytes((ulong)fields[i].Values.Length) : numbers.Bytes((uint)fields[i].Values.Length));
            file.Write(values[i].Length <= inline ? values[i] : isBig ? numbers.Bytes((ulong)places[i]) : numbers.Bytes((uint)places[i]));
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
            else
                Differences(MemoryMarshal.Cast<byte, int>(bytes), stride);
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
