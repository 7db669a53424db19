using System.Runtime.InteropServices;
using SkiaSharp;
using SpectralEarth.Storage;

namespace SpectralEarth.Reports;

/// <summary>A picture of 8-bit colours, pixels <c>[H, W, 3]</c> with red first.</summary>
public sealed class Picture
{
    private readonly byte[] pixels;

    /// <summary>A black picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive.</exception>
    /// <exception cref="OverflowException">The picture has more than 2 GiB.</exception>
    public Picture(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        (Height, Width) = (height, width);
        pixels = new byte[checked(3 * height * width)];
    }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>Number of columns.</summary>
    public int Width { get; }

    /// <summary>Red, green and blue of every pixel, row by row: <c>[H, W, 3]</c>.</summary>
    public Span<byte> Pixels => pixels;

    /// <summary>Colour of one pixel.</summary>
    public Rgb this[int row, int column]
    {
        get => MemoryMarshal.Cast<byte, Rgb>(pixels.AsSpan())[Index(row, column)];
        set => MemoryMarshal.Cast<byte, Rgb>(pixels.AsSpan())[Index(row, column)] = value;
    }

    /// <summary>A map of class codes in their colours.</summary>
    /// <param name="codes">Class code of every pixel, <c>[H, W]</c>.</param>
    /// <param name="height">Rows H.</param>
    /// <param name="width">Columns W.</param>
    /// <param name="colors">Colour of each code.</param>
    /// <param name="background">Colour of codes that have none.</param>
    /// <exception cref="ArgumentException">The number of codes is not H x W.</exception>
    public static Picture OfClasses(ReadOnlySpan<byte> codes, int height, int width, IReadOnlyDictionary<int, Rgb> colors, Rgb background)
    {
        var picture = new Picture(height, width);
        if (codes.Length != height * width)
            throw new ArgumentException($"{codes.Length} codes for a picture of {height} x {width} pixels.", nameof(codes));
        var palette = Enumerable.Range(0, 256).Select(code => colors.GetValueOrDefault(code, background)).ToArray();
        var target = MemoryMarshal.Cast<byte, Rgb>(picture.Pixels);
        for (var i = 0; i < codes.Length; i++)
            target[i] = palette[codes[i]];
        return picture;
    }

    /// <summary>The picture with every pixel drawn as a square of <paramref name="factor"/> x <paramref name="factor"/> pixels.</summary>
    public Picture Enlarged(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        var large = new Picture(checked(Height * factor), checked(Width * factor));
        var source = MemoryMarshal.Cast<byte, Rgb>(pixels.AsSpan());
        var target = MemoryMarshal.Cast<byte, Rgb>(large.Pixels);
        for (var row = 0; row < Height; row++)
        {
            var first = target.Slice(row * factor * large.Width, large.Width);
            for (var column = 0; column < Width; column++)
                first.Slice(column * factor, factor).Fill(source[row * Width + column]);
            for (var copy = 1; copy < factor; copy++)
                first.CopyTo(target.Slice((row * factor + copy) * large.Width, large.Width));
        }

        return large;
    }

    /// <summary>The picture as a PNG file; equal pictures give equal bytes.</summary>
    public byte[] ToPng()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var target = bitmap.GetPixelSpan();
        for (var pixel = 0; pixel < Width * Height; pixel++)
        {
            pixels.AsSpan(3 * pixel, 3).CopyTo(target[(4 * pixel)..]);
            target[4 * pixel + 3] = byte.MaxValue;
        }

        return Png.Of(bitmap);
    }

    /// <summary>Writes the picture as a PNG file.</summary>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public void WritePng(string path)
    {
        var png = ToPng();
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    private int Index(int row, int column)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Height, nameof(row));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Width, nameof(column));
        return row * Width + column;
    }
}
