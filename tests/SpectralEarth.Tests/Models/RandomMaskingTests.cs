using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class RandomMaskingTests
{
    [Test]
    public void Kept_tokens_are_counted_as_the_reference_does()
    {
        var rows = new Golden("losses").Json("tables.json").GetProperty("token_mask_counts").EnumerateArray().ToArray();

        Assert.That(rows, Is.Not.Empty);
        foreach (var row in rows)
        {
            var (length, ratio) = (row.GetProperty("sequence_length").GetInt32(), row.GetProperty("mask_ratio").GetDouble());
            Assert.That(RandomMasking.KeptTokens(length - 1, ratio) + 1, Is.EqualTo(row.GetProperty("num_keep").GetInt32()), $"{length} {ratio}");
        }
    }

    [TestCase(64, 0.75, 16)]
    [TestCase(64, 0.90, 6)]
    [TestCase(1024, 0.90, 102)]
    public void Draw_parts_all_tokens_of_every_sample_into_kept_and_hidden(int tokens, double maskRatio, int kept)
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var random = new Generator(7);
        using var scope = NewDisposeScope();

        var mask = RandomMasking.Draw(3, tokens, maskRatio, random);

        var all = cat([mask.Kept, mask.Hidden], 1).sort(1).Values;
        Assert.That(mask.Kept.shape, Is.EqualTo(new long[] { 3, kept }));
        Assert.That(all.equal(arange(tokens).expand(3, -1)).all().item<bool>());
        Assert.That(mask.Kept[0].equal(mask.Kept[1]).all().item<bool>(), Is.False, "samples have masks of their own");
        mask.Dispose();
    }

    [Test]
    public void A_seed_decides_the_mask()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        using var again = new Generator(7);

        var (first, second) = (RandomMasking.Draw(2, 64, 0.75, random), RandomMasking.Draw(2, 64, 0.75, again));
        var third = RandomMasking.Draw(2, 64, 0.75, random);

        Assert.That(second.Kept.equal(first.Kept).all().item<bool>());
        Assert.That(third.Kept.equal(first.Kept).all().item<bool>(), Is.False);
    }

    [TestCase(10, 0.95)]
    [TestCase(10, 0.0)]
    public void A_ratio_that_leaves_nothing_to_see_or_to_predict_is_refused(int tokens, double maskRatio)
    {
        using var random = new Generator(7);

        Assert.That(() => RandomMasking.Draw(1, tokens, maskRatio, random), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase("96x8", 96, 8)]
    [TestCase("768x16", 768, 16)]
    public void Sine_cosine_positions_equal_the_reference(string name, int width, int side)
    {
        using var scope = NewDisposeScope();
        var expected = new Golden("losses").Json("tables.json").GetProperty("sincos_positional_embedding").GetProperty(name);

        var table = SineCosinePositions.Table(width, side)[0];

        Assert.That(table.to(float64).sum().item<double>(), Is.EqualTo(expected.GetProperty("sum").GetDouble()).Within(1e-3));
        var columns = expected.GetProperty("columns").EnumerateArray().Select(column => column.GetInt64()).ToArray();
        foreach (var row in expected.GetProperty("rows").EnumerateObject())
        {
            var values = row.Value.EnumerateArray().Select(value => value.GetDouble()).ToArray();
            var found = table[long.Parse(row.Name, System.Globalization.CultureInfo.InvariantCulture)].index_select(0, tensor(columns));
            Golden.Near(found, tensor(values), 1e-6, row.Name);
        }
    }
}
