namespace SpectralEarth.Tasks.Mapping;

/// <summary>Shares from 0 to 1 as bytes of maps: 0 to 250, a stored 1 stands for 0.004; a quarter of the size of floats, finer than maps are true.</summary>
internal static class ByteShare
{
    /// <summary>What a stored 1 stands for; in the file as GDAL's scale.</summary>
    public const double Scale = 0.004;

    /// <summary>Byte of pixels without data.</summary>
    public const byte NoData = 255;

    private const float One = 250;

    /// <summary>The nearest byte to a share.</summary>
    public static byte Of(float share) => (byte)MathF.Round(Math.Clamp(share, 0, 1) * One);
}
