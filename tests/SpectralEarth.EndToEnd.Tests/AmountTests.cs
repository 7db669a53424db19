using SpectralEarth.Cli.Views;

namespace SpectralEarth.EndToEnd.Tests;

public sealed class AmountTests
{
    [TestCase(0, "0 patches")]
    [TestCase(1, "1 patch")]
    [TestCase(1200, "1200 patches")]
    public void One_is_singular_and_all_else_plural(long number, string text) => Assert.That(Amount.Of(number, "patch", "patches"), Is.EqualTo(text));

    [Test]
    public void Thousands_are_parted_where_asked_for() => Assert.That(Amount.Of(1200, "patch", "patches", "N0"), Is.EqualTo("1,200 patches"));

    [Test]
    public void A_word_alone_takes_an_s() => Assert.That((Amount.Of(1, "scene"), Amount.Of(2, "scene")), Is.EqualTo(("1 scene", "2 scenes")));
}
