using SpectralEarth.Randomness;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class PatchCodecTests
{
    private static readonly (int Channels, int Pixels)[] Shapes = [(1, 1), (2, 3), (3, 255), (9, 256), (11, 257), (12, 1024), (20, 300)];

    [Test]
    public void Every_codec_gives_back_any_patch_bit_for_bit([ValueSource(nameof(CodecNames))] string name, [Values] Content content)
    {
        var codec = PatchCodecs.Named(name);

        foreach (var (channels, pixels) in Shapes)
        {
            var patch = Make(content, channels, pixels);
            var encoded = new byte[codec.MaximumEncodedLength(channels, pixels)];
            var length = codec.Encode(patch, channels, encoded);
            var decoded = new short[patch.Length];
            codec.Decode(encoded.AsSpan(0, length), channels, decoded);

            Assert.That(decoded, Is.EqualTo(patch), $"{channels} x {pixels}");
        }
    }

    [Test]
    public void Spectral_rice_is_decoded_by_the_plain_form_of_its_documentation([Values] Content content)
    {
        var codec = PatchCodecs.Named("spectral-rice");

        foreach (var (channels, pixels) in Shapes)
        {
            var patch = Make(content, channels, pixels);
            var encoded = new byte[codec.MaximumEncodedLength(channels, pixels)];
            var length = codec.Encode(patch, channels, encoded);

            Assert.That(PlainSpectralRice.Decode(encoded.AsSpan(0, length), channels, pixels), Is.EqualTo(patch), $"{channels} x {pixels}");
        }
    }

    [Test]
    public void Spectral_rice_makes_the_real_scene_at_least_2_point_3_times_smaller()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());
        int[] bands = [.. Enumerable.Range(1, 126), .. Enumerable.Range(142, 19), .. Enumerable.Range(168, 57)];
        var codec = PatchCodecs.Named("spectral-rice");
        var (patch, decoded) = (new short[bands.Length * 1024], new short[bands.Length * 1024]);
        var encoded = new byte[codec.MaximumEncodedLength(bands.Length, 1024)];
        var (raw, bytes) = (0L, 0L);

        for (var tile = 0; tile < 25; tile++)
        {
            scene.ReadPixels(new RasterWindow(tile % 5 * 32, tile / 5 * 32, 32, 32), bands, patch);
            var length = codec.Encode(patch, bands.Length, encoded);
            codec.Decode(encoded.AsSpan(0, length), bands.Length, decoded);
            Assert.That(decoded.AsSpan().SequenceEqual(patch), Is.True, $"tile {tile}");
            if (patch.Contains(Scene.NoData))
                continue;
            raw += 2L * patch.Length;
            bytes += length;
        }

        Assert.That((double)raw / bytes, Is.GreaterThan(2.3));
    }

    [Test]
    public void A_patch_without_data_takes_next_to_nothing()
    {
        var patch = new short[202 * 1024];
        Array.Fill(patch, short.MinValue);
        var codec = PatchCodecs.Named("spectral-rice");
        var encoded = new byte[codec.MaximumEncodedLength(202, 1024)];

        Assert.That(codec.Encode(patch, 202, encoded), Is.EqualTo(1 + 128));
    }

    [Test]
    public void Damaged_bytes_never_crash([ValueSource(nameof(CodecNames))] string name)
    {
        var codec = PatchCodecs.Named(name);
        var patch = Make(Content.Smooth, 12, 300);
        var encoded = new byte[codec.MaximumEncodedLength(12, 300)];
        encoded = encoded[..codec.Encode(patch, 12, encoded)];
        var random = new SeededRandom(3, "damage");
        var decoded = new short[patch.Length];
        var refused = 0;

        for (var attempt = 0; attempt < 3000; attempt++)
        {
            var damaged = encoded.ToArray();
            for (var flips = 1 + random.NextInt(4); flips > 0; flips--)
                damaged[random.NextInt(random.NextInt(2) == 0 ? Math.Min(64, damaged.Length) : damaged.Length)] ^= (byte)(1 + random.NextInt(255));
            var cut = random.NextInt(3) == 0 ? random.NextInt(damaged.Length) : damaged.Length;
            try
            {
                codec.Decode(damaged.AsSpan(0, cut), 12, decoded);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(500));
    }

    [Test]
    public void An_unknown_codec_is_refused_with_the_names_of_all()
    {
        var error = Assert.Throws<DatasetException>(() => PatchCodecs.Named("jpeg"));

        Assert.That(error!.Message, Does.Contain("jpeg").And.Contain("raw").And.Contain("spectral-rice"));
    }

    private static IReadOnlyList<string> CodecNames => PatchCodecs.Names;

    public enum Content
    {
        Random,
        Constant,
        Extremes,
        Alternating,
        Smooth,
        PartlyNoData,
        AllNoData,
        OneOutlier,
    }

    private static short[] Make(Content content, int channels, int pixels)
    {
        var random = new SeededRandom(11, "codec", (long)content, channels, pixels);
        var patch = new short[channels * pixels];
        for (var i = 0; i < patch.Length; i++)
        {
            var (channel, pixel) = Math.DivRem(i, pixels);
            patch[i] = content switch
            {
                Content.Random => (short)random.NextInt(65536),
                Content.Constant => 1234,
                Content.Extremes => random.NextInt(2) == 0 ? short.MinValue : short.MaxValue,
                Content.Alternating => (channel + pixel) % 2 == 0 ? short.MinValue : short.MaxValue,
                Content.PartlyNoData => pixel % 3 == 0 ? short.MinValue : (short)((100 * channel) + random.NextInt(40)),
                Content.AllNoData => short.MinValue,
                Content.OneOutlier => i == patch.Length / 2 ? short.MaxValue : (short)random.NextInt(10),
                _ => (short)((300 * Math.Sin(channel * 0.3)) + (pixel % 50 * 20) + random.NextInt(15)),
            };
        }

        return patch;
    }
}
