using SpectralEarth.Models.Layers;
using SpectralEarth.Models.Products;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class StreamedAttentionTests
{
    [TestCase(3, 4, 17, 8, 0)]
    [TestCase(2, 6, 1030, 4, 0)]            // one head at a time
    [TestCase(1, 5, 700, 4, 0)]             // four heads, then one
    [TestCase(2, 3, 50, 8, 13)]
    public void Result_and_gradient_equal_plain_attention(int batch, int heads, int tokens, int size, long first)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var attention = new Attention(heads * size, heads, new FirstWeights(1));
        var ours = (3 * randn([batch, tokens, 3 * heads * size], float64, generator: random)).requires_grad_(true);
        var plain = ours.detach().clone().requires_grad_(true);
        var slopes = randn([batch, tokens - first, heads * size], float64, generator: random);

        var (found, expected) = (StreamedAttention.Mix(ours, heads, first), attention.Plain(plain, first));
        found.backward([slopes]);
        expected.backward([slopes]);

        Golden.Near(found, expected, 1e-12, "mixed");
        Golden.Near(ours.grad!, plain.grad!, 1e-11, "gradient");
    }

    [TestCase(2, 3, 1, 16, 0)]
    [TestCase(3, 4, 17, 8, 0)]
    [TestCase(1, 2, 32, 64, 0)]             // more whole tiles of rows than of columns
    [TestCase(2, 6, 103, 64, 0)]
    [TestCase(1, 2, 97, 80, 5)]
    [TestCase(1, 3, 1025, 32, 103)]
    [TestCase(1, 1, 1024, 48, 1000)]
    public void Heads_in_float32_equal_plain_attention(int batch, int heads, int tokens, int size, long first)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var attention = new Attention(heads * size, heads, new FirstWeights(1));
        var ours = (1.5 * randn([batch, tokens, 3 * heads * size], generator: random)).requires_grad_(true);
        var plain = ours.detach().to(float64).requires_grad_(true);
        var slopes = randn([batch, tokens - first, heads * size], generator: random);

        var (found, expected) = (StreamedAttention.Mix(ours, heads, first), attention.Plain(plain, first));
        found.backward([slopes]);
        expected.backward([slopes.to(float64)]);

        Golden.Near(found.to(float64), expected, 2e-5, "mixed");
        Golden.Near(ours.grad!.to(float64), plain.grad!, 5e-5, "gradient");
    }

    [TestCase(2, 3, 40, 7, 16)]
    [TestCase(1, 2, 1, 1, 8)]
    [TestCase(3, 16, 461, 103, 32)]
    public void Cross_attention_in_float32_equals_plain_attention(int batch, int heads, int queries, int keys, int size)
    {
        Assume.That(MatrixProduct.IsUsed, "Libtorch multiplies on this processor.");
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var attention = new CrossAttention(heads * size, heads, new FirstWeights(1));
        var ours = (randn([batch, queries, heads * size], generator: random).requires_grad_(true), randn([batch, keys, 2 * heads * size], generator: random).requires_grad_(true));
        var plain = (ours.Item1.detach().to(float64).requires_grad_(true), ours.Item2.detach().to(float64).requires_grad_(true));
        var slopes = randn([batch, queries, heads * size], generator: random);

        var (found, expected) = (StreamedCrossAttention.Mix(ours.Item1, ours.Item2, heads), attention.Plain(plain.Item1, plain.Item2));
        found.backward([slopes]);
        expected.backward([slopes.to(float64)]);

        Golden.Near(found.to(float64), expected, 2e-5, "mixed");
        Golden.Near(ours.Item1.grad!.to(float64), plain.Item1.grad!, 5e-5, "gradient of queries");
        Golden.Near(ours.Item2.grad!.to(float64), plain.Item2.grad!, 5e-5, "gradient of keys and values");
    }

    [Test]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var threads = get_num_threads();
        var slopes = randn([3, 50, 64], generator: random);
        var values = randn([3, 50, 192], generator: random);
        try
        {
            var (one, several) = (MixOn(1), MixOn(3));

            Assert.That(one.Mixed.equal(several.Mixed).all().item<bool>());
            Assert.That(one.Gradient.equal(several.Gradient).all().item<bool>());
        }
        finally
        {
            set_num_threads(threads);
        }

        (Tensor Mixed, Tensor Gradient) MixOn(int count)
        {
            set_num_threads(count);
            var projected = values.clone().requires_grad_(true);
            var mixed = StreamedAttention.Mix(projected, heads: 4, first: 0);
            mixed.backward([slopes]);
            return (mixed, projected.grad!);
        }
    }

    [Test]
    public void A_score_that_is_no_number_stays_visible()
    {
        using var scope = NewDisposeScope();
        var projected = ones([1, 40, 48], float32);
        projected[0, 33, 0] = float.NaN;        // a query's

        var mixed = StreamedAttention.Mix(projected, heads: 1, first: 0);

        Assert.That(mixed.isnan().sum().item<long>(), Is.EqualTo(16));
    }

    [Test]
    public void Large_scores_do_not_overflow()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var projected = full([1, 5, 12], 1e4f, float32);

        var mixed = StreamedAttention.Mix(projected, heads: 2, first: 0);

        Golden.Near(mixed, full([1, 5, 4], 1e4f, float32), 1e-2, "mixed");
    }
}
