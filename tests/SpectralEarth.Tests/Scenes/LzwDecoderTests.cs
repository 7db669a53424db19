using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

public sealed class LzwDecoderTests
{
    [Test]
    public void The_example_of_the_specification_is_decoded()
    {
        // TIFF 6.0, section 13: 7 7 7 8 8 7 7 6 6 becomes <Clear> 7 <258> 8 8 <258> 6 6 <End>.
        var samples = Decode(9, 256, 7, 258, 8, 8, 258, 6, 6, 257);

        Assert.That(samples, Is.EqualTo(new byte[] { 7, 7, 7, 8, 8, 7, 7, 6, 6 }));
    }

    [Test]
    public void A_string_that_ends_with_itself_is_decoded([Values(2, 7, 8, 9, 20)] int length)
    {
        // 7, then each code the one that is about to be added: strings of 2, 3, 4 ... sevens.
        var codes = Enumerable.Range(0, length).Select(i => 258 + i);
        var expected = ((length + 1) * (length + 2) / 2) + 1;

        var samples = Decode(expected + 9, [256, 7, .. codes, 9, 257]);

        Assert.That(samples, Has.Length.EqualTo(expected));
        Assert.That(samples[..^1], Is.All.EqualTo(7));
        Assert.That(samples[^1], Is.EqualTo(9));
    }

    [Test]
    public void A_code_beyond_the_table_is_refused() =>
        Assert.That(() => Decode(9, 256, 7, 300), Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
            "LZW code 300 at bit 18, where codes end at 258."));

    [Test]
    public void Cut_codes_give_fewer_bytes() =>
        Assert.That(Decode(9, 256, 7, 8), Is.EqualTo(new byte[] { 7, 8 }));

    [Test]
    public void Samples_end_within_a_string([Values(1, 5, 8, 9, 10, 11, 30)] int needed) =>
        Assert.That(Decode(needed, [256, 7, .. Enumerable.Range(258, 20)]), Is.EqualTo(Enumerable.Repeat((byte)7, needed)));

    [Test]
    public void Bytes_that_were_coded_by_LibTiff_come_back([Values(0, 1, 2, 3)] int seed)
    {
        // Runs, words of few kinds, and noise: short and long strings, and tables that fill and are cleared.
        var random = new Random(seed);
        var expected = Enumerable.Range(0, 2_000).SelectMany(_ => random.Next(3) switch
        {
            0 => Enumerable.Repeat((byte)random.Next(3), random.Next(60)),
            1 => Enumerable.Range(0, random.Next(20)).Select(i => (byte)(i * 7)),
            _ => Enumerable.Range(0, random.Next(20)).Select(_ => (byte)random.Next(256)),
        }).ToArray();
        using var folder = new TemporaryFolder();
        var grid = new RasterGrid(expected.Length, 1, new GeoTransform(15, 15, 30), 32633);

        GeoTiffWriter.WriteImage<byte>(folder.File("lzw.tif"), grid, 1, new TiffEncoding { RowsPerStrip = 1, Compression = TiffCompression.Lzw }, null, (_, _, samples) => expected.CopyTo(samples));
        using var raster = TiffRaster.Open(folder.File("lzw.tif"));
        var samples = new byte[expected.Length];
        raster.Read(new RasterWindow(0, 0, expected.Length, 1), [1], samples, (byte)0);

        Assert.That(samples, Is.EqualTo(expected));
    }

    [Test]
    public void The_old_form_is_told_apart_and_left_to_LibTiff()
    {
        var stored = Pack(leastFirst: true, 256, 7, 9, 8, 8, 4, 6, 6, 257);
        var samples = new byte[7];

        var decoded = StandardDecoder.Decode(stored, TiffCompression.Lzw, samples, samples.Length);

        Assert.That((LzwDecoder.IsOldForm(stored), LzwDecoder.IsOldForm(Pack(leastFirst: false, 256, 7))), Is.EqualTo((true, false)));
        Assert.That(decoded, Is.EqualTo(7));
        Assert.That(samples, Is.EqualTo(new byte[] { 7, 9, 8, 8, 4, 6, 6 }));
    }

    private static byte[] Decode(int needed, params int[] codes)
    {
        var stored = Pack(leastFirst: false, codes);
        var samples = new byte[needed + LzwDecoder.Slack];
        Array.Fill(samples, (byte)1);
        var decoded = LzwDecoder.Decode([.. stored, .. new byte[LzwDecoder.Slack]], stored.Length, samples, needed);
        return samples[..decoded];
    }

    private static byte[] Pack(bool leastFirst, params int[] codes)
    {
        var bytes = new byte[((codes.Length * 9) + 7) / 8];
        for (var bit = 0; bit < codes.Length * 9; bit++)
        {
            var inCode = leastFirst ? bit % 9 : 8 - (bit % 9);
            if (((codes[bit / 9] >> inCode) & 1) != 0)
                bytes[bit / 8] |= (byte)(leastFirst ? 1 << (bit % 8) : 0x80 >> (bit % 8));
        }

        return bytes;
    }
}
