using SpectralEarth.Models.Layers;
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
