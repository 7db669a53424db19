using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Mapping;

namespace SpectralEarth.Tests.Tasks;

public sealed class BandMatchTests
{
    private static readonly int[] Numbers = [1, 100, 142, 160, 170];
    private static readonly double[] Wavelengths = [418.2, 993.1, 1530.6, 1728.4, 2000.0];

    [Test]
    public void The_same_bands_within_a_nanometre_match_without_a_warning() =>
        Assert.That(BandMatch.Check(Scene(0.4, -0.9, 0.3, 0, 1), "scene", Numbers, Wavelengths), Is.Null);

    [Test]
    public void The_other_swir_arrangement_is_allowed_with_a_warning() =>
        Assert.That(BandMatch.Check(Scene(0, 0, -11.77, -10.9, 0), "scene", Numbers, Wavelengths),
            Does.Contain("Bands 142 to 160").And.Contain("-11.8 nm"));

    [TestCase(0, 0, -11.77, -10.9, 11.5)]   // the shift occurs in bands 136 to 163 only
    [TestCase(0, 0, 5, 0, 0)]
    [TestCase(0, -11, 0, 0, 0)]
    public void Other_wavelengths_are_refused_with_both_lists(params double[] shifts) =>
        Assert.That(() => BandMatch.Check(Scene(shifts), "scene", Numbers, Wavelengths),
            Throws.TypeOf<BandMismatchException>().With.Message.Contains("scene:").And.Message.Contains("142@1530.6"));

    [Test]
    public void A_missing_band_is_named() =>
        Assert.That(() => BandMatch.Check(Scene(0, 0, 0, 0, 0), "scene", [1, 7, 100], [418.2, 450, 993.1]),
            Throws.TypeOf<BandMismatchException>().With.Message.Contains("lacks band 7"));

    private static BandTable Scene(params double[] shifts) =>
        new(Numbers.Select((number, i) => new Band(number, Wavelengths[i] + shifts[i], 8)));
}
