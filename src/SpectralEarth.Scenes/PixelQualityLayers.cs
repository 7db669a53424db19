using System.Buffers;
using System.Numerics;
using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>Where a product says what of a pixel. The codes are those of EnMAP's quality layers.</summary>
internal static class PixelQualityLayers
{
    private const byte Land = 1, Water = 2;
    private const byte NoCirrusData = 255;
    private const byte OverallQuality = 3, LowQuality = 2;
    private const byte Defective = 1, MaskBackground = 255;
    private const int SamplesAtOnce = 8 << 20;

    /// <summary>The single-band layer that holds a flag; null for <see cref="PixelQuality.Defective"/>, which has a plane per band.</summary>
    internal static QualityLayer? LayerOf(PixelQuality flag) => flag switch
    {
        PixelQuality.Cloud => QualityLayer.Cloud,
        PixelQuality.CloudShadow => QualityLayer.CloudShadow,
        PixelQuality.Haze => QualityLayer.Haze,
        PixelQuality.Cirrus => QualityLayer.Cirrus,
        PixelQuality.Snow => QualityLayer.Snow,
        PixelQuality.Water => QualityLayer.Classes,
        PixelQuality.LowQuality => QualityLayer.TestFlags,
        _ => null,
    };

    /// <summary>Turns the values of the flag's layer into 1 (flagged) and 0, in place.</summary>
    internal static void Mark(PixelQuality flag, Span<byte> values)
    {
        foreach (ref var value in values)
        {
            var isFlagged = flag switch
            {
                PixelQuality.Water => value == Water,
                PixelQuality.Cirrus => value is not (0 or NoCirrusData),
                PixelQuality.LowQuality => (value & OverallQuality) >= LowQuality,
                _ => value != 0,
            };
            value = isFlagged ? (byte)1 : (byte)0;
        }
    }

    /// <summary>Turns classes into 1 (land or water) and 0, in place.</summary>
    internal static void MarkGround(Span<byte> classes)
    {
        foreach (ref var pixel in classes)
            pixel = pixel is Land or Water ? (byte)1 : (byte)0;
    }

    /// <summary>Marks the pixels that are defective in one of the mask's planes, 1-based, [H, W].</summary>
    /// <exception cref="SceneException">The file is damaged.</exception>
    internal static void MarkDefective(TiffRaster mask, RasterWindow window, IReadOnlyList<int> planes, Span<byte> marks)
    {
        marks = marks[..(int)window.Count];
        marks.Clear();
        var parts = window.Parts(planes.Count, SamplesAtOnce);
        var samples = ArrayPool<byte>.Shared.Rent(planes.Count * (int)parts[0].Count);
        try
        {
            foreach (var part in parts)
            {
                mask.Read(part, planes, samples, MaskBackground);
                var target = marks.Slice((part.Row - window.Row) * window.Width, (int)part.Count);
                for (var channel = 0; channel < planes.Count; channel++)
                    AddDefects(samples.AsSpan(channel * target.Length, target.Length), target);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(samples);
        }
    }

    private static void AddDefects(ReadOnlySpan<byte> plane, Span<byte> target)
    {
        var (defective, background) = (new Vector<byte>(Defective), new Vector<byte>(MaskBackground));
        var i = 0;
        for (; i <= plane.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var values = new Vector<byte>(plane[i..]);
            var defects = Vector.AndNot(values & defective, Vector.Equals(values, background));
            (new Vector<byte>(target[i..]) | defects).CopyTo(target[i..]);
        }

        for (; i < plane.Length; i++)
            target[i] |= plane[i] == MaskBackground ? (byte)0 : (byte)(plane[i] & Defective);
    }
}
