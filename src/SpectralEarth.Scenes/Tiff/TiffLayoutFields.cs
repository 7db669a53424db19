using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Reads and checks the tags that describe the arrangement of samples.</summary>
internal sealed class TiffLayoutFields(ByteSource source, TiffDirectory directory)
{
    internal long Positive(TiffTag tag, long maximum, long? fallback = null)
    {
        var value = directory.Integer(tag, fallback);
        return value > 0 && value <= maximum
            ? value
            : throw source.Error($"{tag} is {value}; expected 1 to {maximum}. The file is damaged.");
    }

    internal int Bits(int bands) => (int)Same(TiffTag.BitsPerSample, bands, fallback: 1);

    internal SampleKind Kind(int bands)
    {
        var bits = Bits(bands);
        var format = Same(TiffTag.SampleFormat, bands, fallback: 1);
        return (bits, format) switch
        {
            (8, 1) => SampleKind.UInt8,
            (1, 1) when !HasPredictor() && directory.Integer(TiffTag.FillOrder, 1) == 1 => SampleKind.UInt8,
            (8, 2) => SampleKind.Int8,
            (16, 1) => SampleKind.UInt16,
            (16, 2) => SampleKind.Int16,
            (32, 1) => SampleKind.UInt32,
            (32, 2) => SampleKind.Int32,
            (32, 3) => SampleKind.Float32,
            (64, 1) => SampleKind.UInt64,
            (64, 2) => SampleKind.Int64,
            (64, 3) => SampleKind.Float64,
            (_, 3) => throw source.Error($"samples are {bits}-bit floating point numbers; expected 32 or 64 bits, or integers. Convert it: gdal_translate -ot Float32."),
            (1 or 2 or 4, 1) => throw source.Error($"samples have {bits} bits; expected 1, 8, 16, 32 or 64. Convert it: gdal_translate -co NBITS=8."),
            _ => throw source.Error($"samples have {bits} bits and sample format {format}; expected 1, 8, 16, 32 or 64 bits and format 1, 2 or 3."),
        };
    }

    internal bool IsPlanar() => directory.Integer(TiffTag.PlanarConfiguration, 1) switch
    {
        1 => false,
        2 => true,
        var other => throw source.Error($"PlanarConfiguration is {other}; expected 1 or 2. The file is damaged."),
    };

    internal TiffCompression Compression()
    {
        var compression = (TiffCompression)directory.Integer(TiffTag.Compression, 1);
        return Enum.IsDefined(compression)
            ? compression
            : throw source.Error($"compression {(int)compression} cannot be read; expected none, LZW, Deflate, PackBits or Zstd. " +
                "Convert it: gdal_translate -co COMPRESS=DEFLATE.");
    }

    internal bool HasPredictor() => directory.Integer(TiffTag.Predictor, 1) switch
    {
        1 => false,
        2 => true,
        var other => throw source.Error($"predictor {other} cannot be read; expected 1 or 2. Convert it: gdal_translate -co PREDICTOR=2."),
    };

    /// <summary>Positions and lengths of <paramref name="count"/> stored blocks, all of which lie inside the file.</summary>
    /// <param name="isTiled">True for tiles, false for strips.</param>
    /// <param name="count">Blocks that the size of the raster asks for.</param>
    /// <param name="decodedBytes">Bytes to which a block decodes.</param>
    internal (long[] Offsets, long[] Lengths) Blocks(bool isTiled, long count, Func<long, long> decodedBytes)
    {
        var offsets = Values(isTiled ? TiffTag.TileOffsets : TiffTag.StripOffsets, count);
        var lengths = Values(isTiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts, count);
        var expansion = MaximumExpansion(Compression());
        for (var i = 0; i < offsets.Length; i++)
        {
            if (offsets[i] == 0 && lengths[i] == 0)
                continue;
            var name = $"{(isTiled ? "Tile" : "Strip")} {i} of {count}";
            if (offsets[i] < 8 || lengths[i] < 0 || offsets[i] > source.Length - lengths[i])
                throw source.Truncated(name, offsets[i], lengths[i]);
            if (lengths[i] < decodedBytes(i) / expansion)
                throw source.Error($"{name} has {lengths[i]} bytes, too few for {decodedBytes(i)} bytes of samples. The file is damaged.");
        }

        return (offsets, lengths);
    }

    /// <summary>How many bytes a stored byte can become at most; a block that promises more is not worth its memory.</summary>
    private static long MaximumExpansion(TiffCompression compression) => compression switch
    {
        TiffCompression.None => 1,
        TiffCompression.PackBits => 64, // 128 bytes from 2
        TiffCompression.Deflate or TiffCompression.DeflateOld => 1032, // zlib manual, "Maximum Expansion Factor"
        TiffCompression.Lzw => 2048, // strings of up to 3,800 bytes from 12 bits, half of that on average
        _ => 1 << 16, // Zstd: blocks of 128 KiB from 4 bytes
    };

    private long[] Values(TiffTag tag, long count)
    {
        if (!directory.Has(tag))
            throw source.Error($"tag {tag} is missing. The file is damaged or no image.");
        var values = directory.Integers(tag, count);
        return values.Length == count
            ? values
            : throw source.Error($"tag {tag} has {values.Length} values; the size of the raster asks for {count}. The file is damaged.");
    }

    private long Same(TiffTag tag, int bands, long fallback)
    {
        if (!directory.Has(tag))
            return fallback;
        var values = directory.Integers(tag, bands);
        var other = Array.FindIndex(values, value => value != values[0]);
        return other < 0
            ? values[0]
            : throw source.Error($"{tag} is {values[0]} for band 1 but {values[other]} for band {other + 1}; expected the same for all.");
    }
}
