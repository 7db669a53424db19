using SpectralEarth.Reports;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tests.Foundations;

public sealed class FalseColorTests
{
    private static readonly double[] Wavelengths = [468, 641, 556];

    [Test]
    public void Bands_nearest_to_the_wavelengths_are_shown_stretched_between_percentiles()
    {
        var bands = new short[3 * 101];                     // [C, H, W]: blue constant, red rising, green falling
        for (var pixel = 0; pixel < 101; pixel++)
            (bands[pixel], bands[101 + pixel], bands[202 + pixel]) = (7, (short)(10 * pixel), (short)(-10 * pixel));

        var picture = FalseColor.Render<short>(bands, AllValid(101), 101, Wavelengths, ColorWavelengths.Natural);

        Assert.That(picture[0, 2].Red, Is.Zero, "the 2nd percentile is darkest");
        Assert.That(picture[0, 98].Red, Is.EqualTo(255), "the 98th percentile is brightest");
        Assert.That(picture[0, 50], Is.EqualTo(new Rgb(128, 128, 0)));
        Assert.That(picture[0, 98].Green, Is.Zero);
    }

    [Test]
    public void Pixels_without_data_are_grey_and_do_not_change_the_others()
    {
        var bands = new float[3 * 50];
        for (var i = 0; i < bands.Length; i++)
            bands[i] = i % 50;
        var valid = AllValid(50);
        var alone = FalseColor.Stretch<float>(bands.Select(value => value).ToArray(), valid, 50, Wavelengths, ColorWavelengths.Natural);
        (bands[49], bands[99], bands[149], valid[49]) = (-32768, float.NaN, 1e9f, 0);

        var picture = FalseColor.Render<float>(bands, valid, 50, Wavelengths, ColorWavelengths.Natural);

        Assert.That(picture[0, 49], Is.EqualTo(FalseColor.NoData));
        Assert.That(picture[0, 48], Is.EqualTo(new Rgb(255, 255, 255)));
        Assert.That(alone.High, Is.EqualTo(new double[] { 49, 49, 49 }));
    }

    [Test]
    public void A_shared_stretch_shows_equal_values_in_equal_colours()
    {
        var (dark, bright) = (new float[3 * 4], new float[3 * 4]);
        Array.Fill(dark, 5);
        for (var i = 0; i < bright.Length; i++)
            bright[i] = 10 * (i % 4);
        var stretch = FalseColor.Stretch<float>(bright, AllValid(4), 2, Wavelengths, ColorWavelengths.Natural);

        var picture = FalseColor.Render<float>(dark, AllValid(4), 2, Wavelengths, ColorWavelengths.Natural, stretch);

        Assert.That(picture.Pixels.ToArray(), Is.All.EqualTo(42));                  // 5 / 30 of 255
    }

    [Test]
    public void An_image_without_valid_pixels_is_grey()
    {
        var picture = FalseColor.Render<short>(new short[3], [0], 1, Wavelengths, ColorWavelengths.Infrared);

        Assert.That(picture[0, 0], Is.EqualTo(FalseColor.NoData));
    }

    [TestCase(5, 2, 2)]
    [TestCase(15, 5, 2)]
    public void Sizes_that_do_not_fit_are_refused(int values, int pixels, int width) =>
        Assert.That(() => FalseColor.Render<short>(new short[values], AllValid(pixels), width, Wavelengths, ColorWavelengths.Natural),
            Throws.ArgumentException.With.Message.Contain($"{values} values and {pixels} validities for 3 bands of rows of {width} pixels"));

    private static byte[] AllValid(int pixels) => [.. Enumerable.Repeat((byte)1, pixels)];
}
