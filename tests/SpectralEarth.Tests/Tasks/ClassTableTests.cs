using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tests.Tasks;

public sealed class ClassTableTests
{
    [Test]
    public void Codes_become_indices_and_unlabelled_pixels_are_ignored()
    {
        var indices = new byte[4];

        Table(7, 3).ToIndices([3, 0, 7, 7], indices);

        Assert.That(indices, Is.EqualTo(new byte[] { 1, ConfusionMatrix.Ignore, 0, 0 }));
    }

    [Test]
    public void Unknown_codes_are_all_listed_beside_the_classes() =>
        Assert.That(() => Table(1, 2).ToIndices([1, 9, 0, 5, 9], new byte[5]),
            Throws.TypeOf<LabelException>().With.Message.Contains("5, 9").And.Message.Contains("1 class 1, 2 class 2"));

    [Test]
    public void A_code_that_occurs_twice_is_refused() =>
        Assert.That(() => Table(4, 4), Throws.ArgumentException.With.Message.Contains("Code 4"));

    [TestCase(0)]
    [TestCase(256)]
    public void A_code_outside_1_to_255_is_refused(int code) =>
        Assert.That(() => Table(code), Throws.ArgumentException.With.Message.Contains($"code {code}"));

    private static ClassTable Table(params int[] codes) =>
        new(codes.Select(code => new LabelClass(code, $"class {code}", "#000000")));
}
