using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Tests.Scenes;

public sealed class LzwDecoderTests
{
    [Test]
    public void The_example_of_the_specification_is_decoded()
    {
        // TIFF 6.0, section 13: 7 7 7 8 8 7 7 6 6 becomes <Clear> 7 <258> 8 8 <258> 6 6 <End>.
        var stored = Pack(leastFirst: false, 256, 7, 258, 8, 8, 258, 6, 6, 257);
        var samples = new byte[9];

        var decoded = LzwDecoder.Decode(stored, samples);

        Assert.That(decoded, Is.EqualTo(9));
        Assert.That(samples, Is.EqualTo(new byte[] { 7, 7, 7, 8, 8, 7, 7, 6, 6 }));
    }

    [Test]
    public void A_string_that_ends_with_itself_is_decoded([Values(2, 7, 8, 9, 20)] int length)
    {
        // 7, then each code the one that is about to be added: strings of 2, 3, 4 ... sevens.
        var codes = Enumerable.Range(0, length).Select(i => 258 + i);
        var samples = new byte[((length + 1) * (length + 2) / 2) + 9];
        Array.Fill(samples, (byte)1);

        var decoded = LzwDecoder.Decode(Pack(leastFirst: false, [256, 7, .. codes, 9, 257]), samples);

        Assert.That(decoded, Is.EqualTo(samples.Length - 8));
        Assert.That(samples.Take(decoded - 1), Is.All.EqualTo(7));
        Assert.That(samples[decoded - 1], Is.EqualTo(9));
    }

    [Test]
    public void A_code_beyond_the_table_is_refused() =>
        Assert.That(() => LzwDecoder.Decode(Pack(leastFirst: false, 256, 7, 300), new byte[9]), Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
            "LZW code 300 at bit 18, where codes end at 258."));

    [Test]
    public void Cut_codes_give_fewer_bytes() =>
        Assert.That(LzwDecoder.Decode(Pack(leastFirst: false, 256, 7, 8), new byte[9]), Is.EqualTo(2));

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
