using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Testing;
using ZstdSharp;

namespace SpectralEarth.Benchmarks.Shards;

/// <summary>
/// How small and how fast are the codecs on the real scene's fully valid patches, against the usual ways: zstd of byte
/// planes of spectral differences, and GeoTIFF with deflate and predictor 2? One thread; the ways take turns.
/// </summary>
internal static class CodecTable
{
    private const int Rounds = 25;
    private const int TileSide = 32;
    private static readonly int[] Bands = [.. Enumerable.Range(1, 126), .. Enumerable.Range(142, 19), .. Enumerable.Range(168, 57)];

    public static void Run()
    {
        var tiles = Tiles();
        Table($"{tiles.Length} patches of 32 x 32 px, fully valid", tiles, TileSide);
        Table("nine of them as one patch of 96 x 96 px", [Mosaic(tiles, 3)], 3 * TileSide);
    }

    private static void Table(string title, short[][] patches, int side)
    {
        IPatchCodec[] codecs = [PatchCodecs.Named("raw"), PatchCodecs.Named("spectral-rice"), new ZstdPlanes()];
        var encoded = codecs.Select(codec => patches.Select(patch => Encode(codec, patch, side)).ToArray()).ToArray();
        var scratch = new byte[codecs.Max(codec => codec.MaximumEncodedLength(Bands.Length, side * side))];
        var decoded = new short[patches[0].Length];
        var (encoding, decoding) = (new double[codecs.Length], new double[codecs.Length]);
        Array.Fill(encoding, double.MaxValue);
        Array.Fill(decoding, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
            for (var way = 0; way < codecs.Length; way++)
            {
                var codec = codecs[way];
                encoding[way] = Math.Min(encoding[way], Seconds(() => Array.ForEach(patches, patch => codec.Encode(patch, Bands.Length, scratch))));
                decoding[way] = Math.Min(decoding[way], Seconds(() => Array.ForEach(encoded[way], bytes => codec.Decode(bytes, Bands.Length, decoded))));
            }

        var raw = 2.0 * patches.Sum(patch => (long)patch.Length);
        Console.WriteLine($"\n{title}\n\n| way | times smaller than raw | encode MB/s | decode MB/s |\n|---|---|---|---|");
        for (var way = 0; way < codecs.Length; way++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {codecs[way].Name} | {raw / encoded[way].Sum(bytes => (long)bytes.Length):F2} | {raw / encoding[way] / 1e6:F0} | {raw / decoding[way] / 1e6:F0} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| GeoTIFF, deflate, predictor 2 | {raw / patches.Sum(patch => GeoTiffLength(patch, side)):F2} | | |"));
    }

    private static byte[] Encode(IPatchCodec codec, short[] patch, int side)
    {
        var bytes = new byte[codec.MaximumEncodedLength(Bands.Length, side * side)];
        return bytes[..codec.Encode(patch, Bands.Length, bytes)];
    }

    private static double Seconds(Action action)
    {
        var begun = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static short[][] Tiles()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());
        return [.. Enumerable.Range(0, 25).Select(tile =>
        {
            var pixels = new short[Bands.Length * TileSide * TileSide];
            scene.ReadPixels(new RasterWindow(tile % 5 * TileSide, tile / 5 * TileSide, TileSide, TileSide), Bands, pixels);
            return pixels;
        }).Where(pixels => !pixels.Contains(Scene.NoData))];
    }

    private static short[] Mosaic(short[][] tiles, int across)
    {
        var side = across * TileSide;
        var mosaic = new short[Bands.Length * side * side];
        for (var i = 0; i < mosaic.Length; i++)
        {
            var (channel, row, column) = (i / (side * side), i / side % side, i % side);
            var tile = tiles[((row / TileSide * across) + (column / TileSide)) % tiles.Length];
            mosaic[i] = tile[(((channel * TileSide) + (row % TileSide)) * TileSide) + (column % TileSide)];
        }

        return mosaic;
    }

    private static long GeoTiffLength(short[] patch, int side)
    {
        var path = Path.Combine(Path.GetTempPath(), $"codec-table-{Environment.ProcessId}.tif");
        try
        {
            var grid = new RasterGrid(side, side, new GeoTransform(15, 45, 30), 32633);
            var encoding = new TiffEncoding { IsPlanar = true, RowsPerStrip = side, Compression = TiffCompression.Deflate, HasPredictor = true };
            GeoTiffWriter.WriteImage<short>(path, grid, Bands.Length, encoding, Scene.NoData, (_, _, rows) => patch.CopyTo(rows));
            return new FileInfo(path).Length;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Spectral difference of the horizontal difference, folded, in two byte planes, zstd level 1.</summary>
    private sealed class ZstdPlanes : IPatchCodec
    {
        private readonly Compressor compressor = new(1);
        private readonly Decompressor decompressor = new();
        private byte[] planes = [];

        public string Name => "differences, byte planes, zstd 1";

        public int MaximumEncodedLength(int channels, int pixels) => Compressor.GetCompressBound(channels * pixels * 2);

        public int Encode(ReadOnlySpan<short> patch, int channels, Span<byte> destination)
        {
            var pixels = patch.Length / channels;
            Array.Resize(ref planes, patch.Length * 2);
            for (var i = 0; i < patch.Length; i++)
            {
                var difference = (short)(Across(patch, i, pixels) - (i < pixels ? 0 : Across(patch, i - pixels, pixels)));
                var number = (ushort)((difference << 1) ^ (difference >> 15));
                (planes[i], planes[patch.Length + i]) = ((byte)number, (byte)(number >> 8));
            }

            return compressor.Wrap(planes, destination);
        }

        public void Decode(ReadOnlySpan<byte> encoded, int channels, Span<short> patch)
        {
            var pixels = patch.Length / channels;
            Array.Resize(ref planes, patch.Length * 2);
            decompressor.Unwrap(encoded, planes);
            for (var i = 0; i < patch.Length; i++)
            {
                var number = planes[i] | (planes[patch.Length + i] << 8);
                var difference = (number >> 1) ^ -(number & 1);
                patch[i] = (short)(difference + (i % pixels == 0 ? 0 : patch[i - 1]) + (i < pixels ? 0 : Across(patch, i - pixels, pixels)));
            }
        }

        private static int Across(ReadOnlySpan<short> patch, int i, int pixels) => patch[i] - (i % pixels == 0 ? 0 : patch[i - 1]);
    }
}
