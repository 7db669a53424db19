using SpectralEarth.Models.Products;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class SoftmaxRowsTests
{
    [TestCase(1)]
    [TestCase(15)]
    [TestCase(16)]
    [TestCase(1025)]
    public void Equal_the_tensor_librarys_operations(int length)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var scores = randn([3, 70, length], generator: generator) * 20;
        var (exponentials, largest, sums) = (scores.clone(), empty(3, 70, 1), empty(3, 70, 1));

        SoftmaxRows.Exponentials(exponentials, largest, sums);
        var weights = scores.clone();
        SoftmaxRows.Normalize(weights, sums.log() + largest);
        var slopes = scores.clone();
        SoftmaxRows.ToScores(slopes, sums, weights);

        Assert.That(largest.equal(scores.amax([-1], keepdim: true)).all().item<bool>());
        Assert.That((exponentials - (scores - largest).exp()).abs().max().item<float>(), Is.LessThan(1e-6));
        Assert.That(((sums - exponentials.sum(-1, keepdim: true)).abs() / sums).max().item<float>(), Is.LessThan(1e-5));
        Assert.That((weights - scores.softmax(-1)).abs().max().item<float>(), Is.LessThan(1e-5));
        Assert.That((slopes - ((scores - sums) * weights)).abs().max().item<float>(), Is.LessThan(1e-3));
    }

    [Test]
    public void A_row_with_a_score_that_is_no_number_stays_visible()
    {
        using var scope = NewDisposeScope();
        var scores = zeros(2, 40);
        scores[1, 33] = float.NaN;
        var (largest, sums) = (empty(2, 1), empty(2, 1));

        SoftmaxRows.Exponentials(scores, largest, sums);

        Assert.That(sums[0].item<float>(), Is.EqualTo(40).Within(1e-5));
        Assert.That(sums[1].item<float>(), Is.NaN);
    }
}
