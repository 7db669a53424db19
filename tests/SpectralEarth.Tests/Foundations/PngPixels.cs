using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SpectralEarth.Tests.Foundations;

/// <summary>A second reader of 8-bit PNG files (ISO/IEC 15948), as oracle for the ones we write.</summary>
internal static class PngPixels
{
    public static (int Height, int Width, byte[] Rgb) Read(byte[] png)
    {
        var (width, height) = (Big(png, 16), Big(png, 20));
        var channels = png[25] switch { 2 => 3, 6 => 4, var type => throw new NotSupportedException($"colour type {type}") };
        using var data = new MemoryStream();
        for (var at = 8; at < png.Length; at += 12 + Big(png, at))
        {
            if (Encoding.ASCII.GetString(png, at + 4, 4) == "IDAT")
                data.Write(png, at + 8, Big(png, at));
        }

        data.Position = 0;
        using var inflated = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionMode.Decompress))
            zlib.CopyTo(inflated);
        var rows = Unfiltered(inflated.ToArray(), height, width * channels, channels);
        return (height, width, [.. Enumerable.Range(0, height * width).SelectMany(pixel => rows.AsSpan(pixel * channels, 3).ToArray())]);
    }

    private static byte[] Unfiltered(byte[] filtered, int height, int stride, int channels)
    {
        var rows = new byte[height * stride];
        for (var row = 0; row < height; row++)
        {
            var filter = filtered[row * (stride + 1)];
            for (var i = 0; i < stride; i++)
            {
                int left = i < channels ? 0 : rows[row * stride + i - channels];
                int above = row == 0 ? 0 : rows[(row - 1) * stride + i];
                int corner = row == 0 || i < channels ? 0 : rows[(row - 1) * stride + i - channels];
                var predicted = filter switch { 0 => 0, 1 => left, 2 => above, 3 => (left + above) / 2, _ => Paeth(left, above, corner) };
                rows[row * stride + i] = (byte)(filtered[row * (stride + 1) + 1 + i] + predicted);
            }
        }

        return rows;
    }

    private static int Paeth(int left, int above, int corner)
    {
        var (toLeft, toAbove, toCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - 2 * corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private static int Big(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
}
