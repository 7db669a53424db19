using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class SpectralMaskingTests
{
    [TestCase(202, 0.25, 12, 4)]        // 17 groups
    [TestCase(202, 0.5, 12, 9)]
    [TestCase(76, 0.3, 1, 23)]
    public void Whole_groups_of_bands_are_hidden_equally_many_in_every_sample(int bands, double ratio, int group, int hidden)
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var random = new Generator(7);

        using var mask = SpectralMasking.Draw(5, bands, ratio, group, random);

        var rows = Enumerable.Range(0, 5).Select(sample => mask.data<bool>().ToArray()[(sample * bands)..((sample + 1) * bands)]).ToArray();
        foreach (var row in rows)
        {
            var groups = row.Chunk(group).ToArray();
            Assert.That(groups.All(chunk => chunk.Distinct().Count() == 1), "no group is hidden in part");
            Assert.That(groups.Count(chunk => chunk[0]), Is.EqualTo(hidden));
        }

        Assert.That(rows.Distinct(new SameBands()).Count(), Is.GreaterThan(1), "each sample has bands of its own");
    }

    [Test]
    public void The_seed_decides_the_bands()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        using var again = new Generator(7);

        var (first, second) = (SpectralMasking.Draw(4, 202, 0.25, 12, random), SpectralMasking.Draw(4, 202, 0.25, 12, again));

        Assert.That(second.equal(first).all().item<bool>());
        Assert.That(SpectralMasking.Draw(4, 202, 0.25, 12, random).equal(first).all().item<bool>(), Is.False);
    }

    [Test]
    public void The_encoder_sees_nothing_of_hidden_bands_and_the_target_all_of_them([Values] AdapterInput input, [Values] AdapterForm adapter)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Model(input, adapter), seed: 2);
        var images = randn([2, 202, 16, 16], generator: random);
        using var mask = model.DrawMask(2, random);
        var bands = mask.HiddenBands!.unsqueeze(-1).unsqueeze(-1);
        var (changed, seen) = (images.masked_fill(bands, 1e3), images.masked_fill(~bands, 1e3));
        model.eval();

        var encoded = Encode(images);

        Golden.Near(Encode(changed), encoded, 0, "hidden bands");
        Assert.That(Encode(seen).equal(encoded).all().item<bool>(), Is.False, "other bands");
        Assert.That(model.Predict(changed, mask).Target.equal(model.Predict(images, mask).Target).all().item<bool>(), Is.False, "target");

        Tensor Encode(Tensor scene) => model.Encode(TokenPixels.Split(scene, 4), mask);
    }

    [Test]
    public void Without_a_ratio_masks_are_drawn_as_before()
    {
        using var random = new Generator(7);
        using var again = new Generator(7);
        using var model = new MaskedAutoencoder(Model(AdapterInput.Visible, AdapterForm.Reference) with { SpectralMaskRatio = 0 }, seed: 2);

        using var mask = model.DrawMask(2, random);
        using var expected = RandomMasking.Draw(2, 16, 0.75, again);

        Assert.That(mask.HiddenBands, Is.Null);
        Assert.That(mask.Hidden.data<long>().ToArray(), Is.EqualTo(expected.Hidden.data<long>().ToArray()));
    }

    private static MaeConfig Model(AdapterInput input, AdapterForm adapter)
    {
        var encoder = new EncoderConfig { PatchSize = 16, Width = 32, Depth = 1, Heads = 2, Adapter = adapter };
        return new MaeConfig
        {
            Encoder = adapter == AdapterForm.Full ? encoder.ForBands([.. Enumerable.Range(0, 202).Select(band => 420 + (10.0 * band))]) : encoder,
            DecoderWidth = 32,
            DecoderHeads = 4,
            MaskRatio = 0.75,
            AdapterInput = input,
            SpectralMaskRatio = 0.25,
        };
    }

    private sealed class SameBands : IEqualityComparer<bool[]>
    {
        public bool Equals(bool[]? x, bool[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(bool[] obj) => obj.Count(hidden => hidden);
    }
}
